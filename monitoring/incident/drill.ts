import { setTimeout as pause } from "node:timers/promises";
import { type IncidentFile, readIncident } from "./incident-file.ts";
import { incidentsPrefix } from "./incident-folder.ts";
import type { IncidentStore } from "./incident-store.ts";

export interface DrillPorts {
  readonly store: IncidentStore;
  /** Puts the drill's alarm into ALARM; its actions do the rest. */
  fire(reason: string): Promise<void>;
  /** Who is subscribed to the topics of the contacts; `confirmed`: has said yes to the first mail. */
  subscribers(): Promise<readonly Subscriber[]>;
  /** Whether a webhook is configured: then the chat must be told, too. */
  hasChat(): Promise<boolean>;
  readonly pauseMilliseconds: number;
  readonly now?: () => number;
}

export interface Subscriber {
  readonly topic: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly confirmed: boolean;
}

export interface DrillReport {
  readonly file: IncidentFile | undefined;
  /** From the alarm until a message was taken over, by way and channel; undefined: it was not. */
  readonly reached: readonly {
    readonly way: string;
    readonly channel: string;
    readonly at: string | undefined;
  }[];
  readonly pending: readonly Subscriber[];
  /** What is not as it should be, a sentence each; empty when the whole chain works. */
  readonly problems: readonly string[];
}

type Channel = "sns" | "chat";

const ways = ["killSwitch", "pin"] as const;

/**
 * Fires the drill's alarm and waits until the evidence shows that both ways have told people and the postmortem is
 * written, or the time is over. Nothing of it touches users: both ways know the alarm and move nothing.
 */
export async function drill(
  ports: DrillPorts,
  seconds: number,
  tell: (text: string) => void,
): Promise<DrillReport> {
  const now = ports.now ?? Date.now;
  const before = new Set(await incidents(ports.store));
  const end = now() + seconds * 1000;
  const channels: readonly Channel[] = (await ports.hasChat()) ? ["sns", "chat"] : ["sns"];
  await ports.fire("a fire drill, asked for by a person");
  tell("the drill's alarm is set; waiting for the evidence …");
  let file: IncidentFile | undefined;
  for (; now() < end && !whole(file, channels); await pause(ports.pauseMilliseconds)) {
    const made = (await incidents(ports.store)).filter((incident) => !before.has(incident));
    const read = await Promise.all(made.map((incident) => readIncident(incident, ports.store)));
    file = read.find((each) => each?.told.some(({ mode }) => mode === "drill")) ?? file;
  }
  return reportOf(file, channels, await ports.subscribers());
}

/** The names of all incidents, oldest first. */
export async function incidents(store: IncidentStore): Promise<string[]> {
  const keys = await store.list(incidentsPrefix);
  return [...new Set(keys.map((key) => key.split("/")[1] ?? ""))].sort();
}

function whole(file: IncidentFile | undefined, channels: readonly Channel[]): boolean {
  return file?.hasPostmortem === true && reachedBy(file, channels).every(({ at }) => at !== undefined);
}

function reachedBy(file: IncidentFile | undefined, channels: readonly Channel[]): DrillReport["reached"] {
  const receiptOf = (way: string, channel: Channel) =>
    file?.told
      .filter((told) => told.way === way && told.mode === "drill")
      .flatMap(({ receipts }) => receipts)
      .find((receipt) => receipt.channel === channel);
  return channels.flatMap((channel) =>
    ways.map((way) => ({ way, channel, at: receiptOf(way, channel)?.at })),
  );
}

function reportOf(
  file: IncidentFile | undefined,
  channels: readonly Channel[],
  subscribers: readonly Subscriber[],
): DrillReport {
  const people = subscribers.filter(({ protocol }) => protocol !== "lambda");
  const pending = people.filter(({ confirmed }) => !confirmed);
  const reached = reachedBy(file, channels);
  const failed = file?.parts.run?.steps.filter(({ ok }) => !ok) ?? [];
  return {
    file,
    reached,
    pending,
    problems: [
      ...(file ? [] : ["no function has recorded the drill: alarm, topic or function do not work"]),
      ...reached
        .filter(({ at }) => at === undefined)
        .map(({ channel, way }) => `${way} has not told people by ${channel}`),
      ...failed.map(({ detail, step }) => `the step ${step} failed: ${detail}`),
      ...(file && !file.hasPostmortem ? ["no postmortem was written"] : []),
      ...(people.length === 0 ? ["nobody is subscribed to the topics of the contacts"] : []),
      ...pending.map(({ endpoint }) => `${endpoint} has not confirmed the subscription, and hears nothing`),
    ],
  };
}
