import * as z from "zod";
import { alarmMessage, keyOf } from "../alarm-message.ts";
import { attempt } from "../attempt.ts";
import { incidentFiles, incidentIdOf, transitionName } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";
import { deliver, type OutboxPorts, type Receipt, type Telling, telling, undelivered } from "./outbox.ts";

/** What SNS hands to a function, as far as it is used. */
export const topicRecord = z.object({
  Sns: z.object({
    MessageId: z.string(),
    TopicArn: z.string(),
    Subject: z.string().nullish(),
    Message: z.string(),
    Timestamp: z.string(),
    MessageAttributes: z.record(z.string(), z.object({ Value: z.string() })).default({}),
  }),
});
export type TopicRecord = z.infer<typeof topicRecord>;

export interface NotifierPorts {
  readonly store: IncidentStore;
  /** Posts to the chat and answers where; undefined where no webhook is configured. Rejects when it was not taken. */
  post(told: Telling): Promise<Pick<Receipt, "endpoint" | "messageId"> | undefined>;
  readonly tries: number;
  readonly pauseMilliseconds: number;
  readonly now?: () => Date;
}

/**
 * Takes what a topic of the contacts says to the chat, once, and into the record: what the pin and alarms that only
 * alert publish by themselves has no entry there yet. Answers undefined for a message that is nothing to tell.
 */
export async function hear(
  record: TopicRecord,
  alarmPrefix: string,
  ports: NotifierPorts,
): Promise<string | undefined> {
  const told = tellingOf(record, alarmPrefix);
  if (!told) return undefined;
  const { store } = ports;
  if (told.way !== "killSwitch") await enter(told, record, store);
  const key = incidentFiles.receipt(told.incident, told.transition, "chat");
  if ((await store.read(key)) !== undefined) return `${told.transition}: told before`;
  let tries = 0;
  const sent = await attempt(ports.tries, ports.pauseMilliseconds, () => {
    tries++;
    return ports.post(told);
  });
  if (!sent) return `${told.transition}: no webhook is configured`;
  const receipt: Receipt = {
    channel: "chat",
    ...sent,
    at: (ports.now?.() ?? new Date()).toISOString(),
    tries,
  };
  await store.create(key, `${JSON.stringify(receipt, null, 2)}\n`);
  return `${told.transition}: posted`;
}

/** The incident that a message opens whose record nobody makes but the notifier; undefined for any other message. */
export function rollbackByControl({ Sns: { MessageAttributes } }: TopicRecord): string | undefined {
  const { incident, mode, way } = MessageAttributes;
  return way?.Value === "control" && mode?.Value === "rollback" ? incident?.Value : undefined;
}

/** The message with its receipt: the topic has taken it, or it would not be here. */
async function enter(told: Telling, { Sns }: TopicRecord, store: IncidentStore): Promise<void> {
  const { incident, transition } = told;
  await store.create(incidentFiles.outbox(incident, transition), `${JSON.stringify(told, null, 2)}\n`);
  const receipt: Receipt = {
    channel: "sns",
    endpoint: Sns.TopicArn,
    messageId: Sns.MessageId,
    at: Sns.Timestamp,
    tries: 1,
  };
  const key = incidentFiles.receipt(incident, transition, "sns");
  await store.create(key, `${JSON.stringify(receipt, null, 2)}\n`);
}

/** By the attributes that a way down has given it, or of an alarm that speaks for itself. */
function tellingOf({ Sns }: TopicRecord, alarmPrefix: string): Telling | undefined {
  const attributes = Object.fromEntries(
    Object.entries(Sns.MessageAttributes).map(([name, { Value }]) => [name, Value]),
  );
  const { Message: body, Timestamp: writtenAt } = Sns;
  const subject = Sns.Subject ?? body.split("\n")[0] ?? "";
  if (attributes.transition !== undefined) {
    const cause = attributes.transition.split("-")[1] ?? "unknown";
    return telling.parse({ ...attributes, cause, complete: true, subject, body, writtenAt });
  }
  return alarmTelling(body, subject, writtenAt, alarmPrefix);
}

function alarmTelling(
  body: string,
  subject: string,
  writtenAt: string,
  alarmPrefix: string,
): Telling | undefined {
  const parsed = alarmMessage.safeParse(jsonOf(body));
  if (!parsed.success || parsed.data.NewStateValue !== "ALARM") return undefined;
  const { AlarmName, NewStateReason, StateChangeTime } = parsed.data;
  const cause = keyOf(AlarmName, alarmPrefix);
  const incident = incidentIdOf(StateChangeTime, new Date(writtenAt));
  return {
    incident,
    transition: transitionName("alert", cause, incident),
    way: "alert",
    mode: "alert",
    cause,
    complete: true,
    severity: "warning",
    subject,
    body: `Cause: ${cause} (${NewStateReason})\nAlarm at: ${StateChangeTime}`,
    steps: [],
    writtenAt,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Younger ones may still be on their way, in the hands of the function that wrote them. */
const graceMinutes = 5;

/** Sends what a function that was killed, or a topic that was down, has left in the outbox of these incidents. */
export async function sweep(folders: readonly string[], ports: OutboxPorts): Promise<string[]> {
  const now = (ports.now?.() ?? new Date()).getTime();
  const outcomes: string[] = [];
  for (const folder of folders) {
    for (const entry of await undelivered(folder, ports.store)) {
      if (now - Date.parse(entry.writtenAt) < graceMinutes * 60_000) continue;
      const outcome = await deliver(entry, ports).catch(
        (error: unknown) => `not delivered: ${String(error)}`,
      );
      outcomes.push(`${entry.transition}: ${outcome}`);
    }
  }
  return outcomes;
}
