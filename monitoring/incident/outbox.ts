import * as z from "zod";
import { attempt } from "../attempt.ts";
import { incidentFiles } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";
import { rollbackMove } from "./rollback-move.ts";

const step = z.object({
  step: z.string(),
  ok: z.boolean(),
  detail: z.string().default(""),
  milliseconds: z.number().optional(),
  /** From the beginning of the rollback to that of the step. */
  after: z.number().optional(),
});

/** One thing to tell people: what one way down has to say of one change of an alarm. */
export const telling = z.object({
  incident: z.string(),
  /** Its name in the incident: the same change is told once. */
  transition: z.string(),
  way: z.enum(["killSwitch", "pin", "control", "alert"]),
  mode: z.enum(["rollback", "alert", "drill"]),
  cause: z.string(),
  /** False: a step that must succeed did not; what comes of it later is news. */
  complete: z.boolean(),
  severity: z.enum(["critical", "warning"]),
  subject: z.string(),
  body: z.string(),
  steps: z.array(step).default([]),
  /** Of the way `control`: the record of the rollback is made from it. */
  move: rollbackMove.optional(),
  /** ISO time, by the writer's clock. */
  writtenAt: z.string(),
});
export type Telling = z.infer<typeof telling>;

/** What subscriptions filter by, and what tells the notifier which entry of which incident it has before it. */
export function attributesOf({ severity, incident, transition, way, mode }: Telling): Record<string, string> {
  return { severity, incident, transition, way, mode };
}

/** That a channel has taken it over. A mail's way from the topic to the inbox is not seen by anybody. */
export const receipt = z.object({
  channel: z.enum(["sns", "chat"]),
  /** The topic, or the host that the webhook is on: its path is the secret. */
  endpoint: z.string(),
  messageId: z.string(),
  /** ISO time, by the sender's clock. */
  at: z.string(),
  tries: z.int().min(1),
});
export type Receipt = z.infer<typeof receipt>;

export interface OutboxPorts {
  readonly store: IncidentStore;
  /** Hands it to the channel; answers where it went and the channel's own id for it. */
  send(telling: Telling): Promise<Pick<Receipt, "channel" | "endpoint" | "messageId">>;
  readonly tries: number;
  readonly pauseMilliseconds: number;
  readonly now?: () => Date;
}

/**
 * Tells it once: stored first, then sent, then the receipt stored. A function that is killed in between finds its
 * entry again when Lambda runs it once more, and so does whoever empties the outbox. Of a change that was told as
 * incomplete, the completion is told too. A store that fails keeps nobody from being told: then a repetition is possible.
 */
export async function tell(told: Telling, ports: OutboxPorts): Promise<string> {
  const { store } = ports;
  const stored = await store
    .create(incidentFiles.outbox(told.incident, told.transition), `${JSON.stringify(told, null, 2)}\n`)
    .catch((error: unknown) => String(error));
  if (stored !== false) return send(told, ports, typeof stored === "string" ? `, not stored: ${stored}` : "");
  const first = await entryOf(told.incident, told.transition, store);
  if (first && !first.complete && told.complete)
    return tell({ ...told, transition: `${told.transition}-completed` }, ports);
  return deliver(first ?? told, ports);
}

/** Sends what was stored, unless it has its receipt. */
export async function deliver(entry: Telling, ports: OutboxPorts): Promise<string> {
  const before = await ports.store.read(incidentFiles.receipt(entry.incident, entry.transition, "sns"));
  if (before !== undefined) return `told before, ${receipt.parse(JSON.parse(before)).at}`;
  return send(entry, ports, "");
}

/** The entries of the outbox that no receipt was written for. */
export async function undelivered(folder: string, store: IncidentStore): Promise<Telling[]> {
  const keys = (await store.list(folder)).filter((key) => key.includes("/outbox/"));
  const sent = new Set(keys.filter((key) => key.endsWith(".sns.json")));
  const entries = keys.filter((key) => !/\.(sns|chat)\.json$/.test(key));
  const left = entries.filter((key) => !sent.has(key.replace(/\.json$/, ".sns.json")));
  const texts = await Promise.all(left.map((key) => store.read(key)));
  return texts.flatMap((text) => (text === undefined ? [] : [telling.parse(JSON.parse(text))]));
}

async function entryOf(
  incident: string,
  transition: string,
  store: IncidentStore,
): Promise<Telling | undefined> {
  const text = await store.read(incidentFiles.outbox(incident, transition));
  return text === undefined ? undefined : telling.parse(JSON.parse(text));
}

async function send(told: Telling, ports: OutboxPorts, remark: string): Promise<string> {
  const { store, tries, pauseMilliseconds, now = () => new Date() } = ports;
  let count = 0;
  const sent = await attempt(tries, pauseMilliseconds, () => {
    count++;
    return ports.send(told);
  });
  const written: Receipt = { ...sent, at: now().toISOString(), tries: count };
  const key = incidentFiles.receipt(told.incident, told.transition, sent.channel);
  const kept = await store.create(key, `${JSON.stringify(written, null, 2)}\n`).then(
    () => "",
    (error: unknown) => `, no receipt: ${String(error)}`,
  );
  return `message ${sent.messageId}${count > 1 ? ` at try ${count}` : ""}${remark}${kept}`;
}
