import * as z from "zod";
import { incidentsPrefix } from "./incident-folder.ts";
import { awsNotifier } from "./notifier-adapter.ts";
import { notifierEnv } from "./notifier-env.ts";
import { hear, sweep, topicRecord } from "./notifier-procedure.ts";

/** What a topic says, or what the schedule asks for: the outboxes of the last hours. */
const event = z.union([
  z.object({ Records: z.array(topicRecord) }),
  z.object({ sweepHours: z.int().min(1).max(168) }),
]);

/** The chat was not told: Lambda shall run the function again. */
export class NotToldError extends Error {
  override readonly name = "NotToldError";
}

/**
 * The Lambda entry. Rejects with NotToldError when a message did not reach the chat, and with a ZodError for an event
 * that neither a topic nor the schedule has sent.
 */
export async function handler(given: unknown): Promise<string[]> {
  const asked = event.parse(given);
  const env = notifierEnv(process.env);
  const ports = awsNotifier(env);
  if ("sweepHours" in asked)
    return said(await sweep(await recent(asked.sweepHours, ports.store), ports.outbox));
  const outcomes: string[] = [];
  const failures: string[] = [];
  for (const record of asked.Records) {
    await hear(record, env.ALARM_PREFIX, ports).then(
      (outcome) => outcome && outcomes.push(outcome),
      (error: unknown) => failures.push(String(error)),
    );
  }
  said(outcomes);
  if (failures.length > 0) throw new NotToldError(failures.join("; "));
  return outcomes;
}

/** The folders of incidents of the last hours: they are named by time. */
async function recent(hours: number, store: ReturnType<typeof awsNotifier>["store"]): Promise<string[]> {
  const since = new Date(Date.now() - hours * 3_600_000).toISOString();
  const keys = await store.list(incidentsPrefix);
  const folders = new Set(keys.map((key) => key.split("/").slice(0, 2).join("/")));
  return [...folders]
    .filter((folder) => folder >= `${incidentsPrefix}${since}`)
    .map((folder) => `${folder}/`);
}

function said(outcomes: string[]): string[] {
  console.log(JSON.stringify({ notifier: outcomes }));
  return outcomes;
}
