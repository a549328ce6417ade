import type { AlarmMessage } from "./alarm-message.ts";
import { type AlarmKey, alarms } from "./alarms.ts";

/** What SSM says of the pin: the program reads it, and raises nothing while it holds. */
export interface Pin {
  readonly pinned: true;
  readonly cause: string;
  /** ISO time. */
  readonly at: string;
}

/** What the pin does to the world. Each rejects when it did not succeed, and answers with a detail for the reader. */
export interface PinPorts {
  /** What v1's health says of itself; rejects when nothing answers. */
  health(): Promise<Health>;
  /** Points the HTTP API at the alias that answers v1 only. */
  point(): Promise<string>;
  record(pin: Pin): Promise<string>;
  notify(message: { readonly subject: string; readonly body: string }): Promise<string>;
}

/** `percent` and `cap` are null where the service does not know its own documents. */
export interface Health {
  readonly percent?: unknown;
  readonly cap?: unknown;
  readonly pinned?: unknown;
}

export interface PinContext {
  readonly environment: string;
  /** The names of our alarms are this and the key. */
  readonly alarmPrefix: string;
  readonly now?: () => Date;
}

export type PinStep = "point" | "record" | "notify";

export interface PinOutcome {
  readonly step: PinStep;
  readonly ok: boolean;
  /** What the step answered, or why it failed. */
  readonly detail: string;
}

export interface PinResult {
  /** False where nobody could be on v2, where the pin holds already, and for a message that is no alarm. */
  readonly acted: boolean;
  readonly cause: string;
  readonly steps: readonly PinOutcome[];
  readonly milliseconds: number;
}

/**
 * Answers one alarm with the second way down: point the HTTP API at v1, record it, tell people. A step that fails
 * stops none after it. Never rejects.
 *
 * It acts at once, beside the kill switch, and does not wait to see whether the other way worked. To wait it would
 * have to look: metrics show what is served 20 s late, and the kill switch itself takes about 30 s with AWS's worst
 * delays, so that of the 60 s a rollback may take nothing would be left for a way down that begins then; and whatever
 * would do the waiting is one more thing that may be broken. Acting twice costs nothing: both ways answer v1 to
 * everyone, and `acknowledge` takes both back. Source: domain.md, "Two times"; design.md, decision 5.
 */
export async function pin(message: AlarmMessage, ports: PinPorts, context: PinContext): Promise<PinResult> {
  const started = performance.now();
  const cause = keyOf(message.AlarmName, context.alarmPrefix);
  const asked = message.NewStateValue === "ALARM" && rollsBack(cause);
  // Where nobody can tell who is on v2, it acts.
  const acted = asked && (await ports.health().then(mayServeV2, () => true));
  const steps: PinOutcome[] = [];
  const at = (context.now?.() ?? new Date()).toISOString();
  const down = {
    point: () => ports.point(),
    record: () => ports.record({ pinned: true, cause, at }),
    notify: () => ports.notify(messageOf(context.environment, cause, message, steps)),
  } satisfies Record<PinStep, () => Promise<string>>;
  const order: readonly PinStep[] = acted ? ["point", "record", "notify"] : [];
  for (const step of order) steps.push(await outcomeOf(step, down[step]));
  return { acted, cause, steps, milliseconds: performance.now() - started };
}

/** Not where the pin holds, not at a cap of 0, and not at 0 % of a document that is known. */
function mayServeV2({ percent, cap, pinned }: Health): boolean {
  if (pinned === true || cap === 0) return false;
  return !(percent === 0 && typeof cap === "number");
}

function keyOf(alarmName: string, prefix: string): string {
  return alarmName.startsWith(prefix) ? alarmName.slice(prefix.length) : alarmName;
}

/** An alarm that is not in the table came by the pin's topic all the same: it counts as one that rolls back. */
function rollsBack(key: string): boolean {
  return !Object.hasOwn(alarms, key) || alarms[key as AlarmKey].effect === "rollback";
}

async function outcomeOf(step: PinStep, run: () => Promise<string>): Promise<PinOutcome> {
  try {
    return { step, ok: true, detail: await run() };
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { step, ok: false, detail };
  }
}

function messageOf(environment: string, cause: string, message: AlarmMessage, steps: readonly PinOutcome[]) {
  const pointed = steps.every(({ ok }) => ok);
  const outcome = pointed ? "pinned to v1" : "PIN INCOMPLETE";
  const next = pointed
    ? 'v1 answers everyone; find the cause, mend it, then "npm run rollout -- acknowledge --reason …".'
    : "look whether the kill switch is at 0; v2 MAY STILL BE SERVED.";
  return {
    subject: `Part Lens ${environment}: ${outcome}, cause ${cause}`
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, 100),
    body: [
      `Environment: ${environment}`,
      `Outcome: ${outcome}`,
      `Cause: ${cause} (${message.NewStateReason})`,
      `Alarm at: ${message.StateChangeTime}`,
      ...steps.map(({ step, ok, detail }) => `${ok ? "done" : "FAILED"}: ${step}, ${detail}`),
      `Next: ${next}`,
    ].join("\n"),
  };
}
