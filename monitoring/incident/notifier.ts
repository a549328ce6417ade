import * as z from "zod";
import { incidents } from "./drill.ts";
import { incidentFolder } from "./incident-folder.ts";
import { awsNotifier } from "./notifier-adapter.ts";
import { type NotifierEnv, notifierEnv } from "./notifier-env.ts";
import { hear, rollbackByControl, sweep, type TopicRecord, topicRecord } from "./notifier-procedure.ts";
import { completeRecord, completeRecords } from "./record-completion.ts";

/** What a topic says, or what the schedule asks for: what was left in the incidents of the last hours. */
const event = z.union([
  z.object({ Records: z.array(topicRecord) }),
  z.object({ sweepHours: z.int().min(1).max(168) }),
]);

/** The chat was not told, or the record of a rollback is not whole: Lambda shall run the function again. */
export class NotToldError extends Error {
  override readonly name = "NotToldError";
}

/**
 * The Lambda entry: takes a message to the chat, and completes the record of a rollback that no alarm's function made.
 * What an earlier run, or a way down that was killed, has left it does when the schedule asks. Rejects with
 * NotToldError when a message did not reach the chat or a record is not whole, and with a ZodError for an event that
 * neither a topic nor the schedule has sent.
 */
export async function handler(given: unknown): Promise<string[]> {
  const asked = event.parse(given);
  const env = notifierEnv(process.env);
  const ports = awsNotifier(env);
  return said(
    "sweepHours" in asked
      ? await swept(asked.sweepHours, env, ports)
      : await heard(asked.Records, env, ports),
  );
}

type Ports = ReturnType<typeof awsNotifier>;

async function heard(records: readonly TopicRecord[], env: NotifierEnv, ports: Ports): Promise<string[]> {
  const outcomes: string[] = [];
  const failures: string[] = [];
  const attempted = (work: Promise<string | undefined>) =>
    work.then(
      (outcome) => outcome && outcomes.push(outcome),
      (error: unknown) => failures.push(String(error)),
    );
  for (const record of records) {
    await attempted(hear(record, env.ALARM_PREFIX, ports));
    const incident = rollbackByControl(record);
    if (incident) await attempted(completeRecord(incident, env.STACK_ENVIRONMENT, ports.completion));
  }
  if (failures.length === 0) return outcomes;
  said(outcomes);
  throw new NotToldError(failures.join("; "));
}

async function swept(
  hours: number,
  env: NotifierEnv,
  { completion, outbox, store }: Ports,
): Promise<string[]> {
  const incidents = await recent(hours, store);
  const told = await sweep(incidents.map(incidentFolder), outbox);
  return [...told, ...(await completeRecords(incidents, env.STACK_ENVIRONMENT, completion))];
}

/** The incidents of the last hours: they are named by time. */
async function recent(hours: number, store: Ports["store"]): Promise<string[]> {
  const since = new Date(Date.now() - hours * 3_600_000).toISOString();
  return (await incidents(store)).filter((incident) => incident >= since);
}

function said(outcomes: string[]): string[] {
  console.log(JSON.stringify({ notifier: outcomes }));
  return outcomes;
}
