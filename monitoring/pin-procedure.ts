import { type AlarmMessage, keyOf, rollsBack } from "./alarm-message.ts";
import type { AlarmKey } from "./alarms.ts";
import { drillKey } from "./incident/drill-key.ts";
import { incidentIdOf, transitionName } from "./incident/incident-folder.ts";

/** What SSM says of the pin: the program reads it, and raises nothing while it holds. */
export interface Pin {
  readonly pinned: true;
  readonly cause: string;
  /** ISO time. */
  readonly at: string;
  /** Whether people know: the record is written first, so that a function that is killed in between tells them later. */
  readonly told: boolean;
  /** The change of an alarm that it was set for. */
  readonly by: string;
  /** The version that the aliases were moved back to, where the code was the cause. */
  readonly code?: number;
}

/** What became of the code: no version where none is known to be good. */
export interface CodeBack {
  readonly version?: number;
  readonly detail: string;
}

/** What people are told, and what says to the notifier and to filters what it is. */
export interface PinMessage {
  readonly subject: string;
  readonly body: string;
  readonly severity: "critical";
  readonly mode: "rollback" | "drill";
  readonly incident: string;
  readonly transition: string;
}

/** What the pin does to the world. Each rejects when it did not succeed, and answers with a detail for the reader. */
export interface PinPorts {
  /** What v1's health says of itself; rejects when nothing answers. */
  health(): Promise<Health>;
  /** Points the HTTP API at the alias that answers v1 only. */
  point(): Promise<string>;
  /** What an earlier run has recorded; undefined where none did. */
  recorded(): Promise<Partial<Pin> | undefined>;
  /** Moves the aliases to the last known-good version, where one is recorded. */
  putCodeBack(): Promise<CodeBack>;
  record(pin: Pin): Promise<string>;
  /** Publishes, and then records that people were told. */
  notify(message: PinMessage): Promise<string>;
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

export type PinStep = "point" | "code" | "record" | "notify";

/** The alarms that say that the code itself dies: v1 lies in the same bundle, and dies of it too. */
const codeCauses: ReadonlySet<string> = new Set(["functionErrors", "gatewayErrors"] satisfies AlarmKey[]);

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
 * Answers one alarm with the second way down: point the HTTP API at v1, put the last known-good code back where the
 * code is the cause, record it, tell people. A step that fails stops none after it. Never rejects.
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
  const order = message.NewStateValue === "ALARM" ? await orderOf(cause, ports) : [];
  const steps: PinOutcome[] = [];
  const now = context.now?.() ?? new Date();
  const incident = incidentIdOf(message.StateChangeTime, now);
  const named = { incident, transition: transitionName("pin", cause, incident) };
  let code: number | undefined;
  const written = () => ({
    pinned: true as const,
    cause,
    at: now.toISOString(),
    by: named.transition,
    ...(code !== undefined && { code }),
  });
  const down = {
    point: () => ports.point(),
    code: async () => {
      const { version, detail } = await ports.putCodeBack();
      code = version;
      return detail;
    },
    record: () => ports.record({ ...written(), told: false }),
    notify: () => ports.notify({ ...messageOf(context.environment, cause, message, steps), ...named }),
  } satisfies Record<PinStep, () => Promise<string>>;
  for (const step of order) steps.push(await outcomeOf(step, down[step]));
  const acted = order.length > 0 && cause !== drillKey;
  return { acted, cause, steps, milliseconds: performance.now() - started };
}

/** A drill only tells. Where nobody can tell who is on v2, it acts; what an earlier run has left it carries on. */
async function orderOf(cause: string, ports: PinPorts): Promise<readonly PinStep[]> {
  if (cause === drillKey) return ["notify"];
  if (!rollsBack(cause)) return [];
  const health = await ports.health().catch((): Health => ({}));
  if (mayServeV2(health)) {
    return codeCauses.has(cause) ? ["point", "code", "record", "notify"] : ["point", "record", "notify"];
  }
  const before = await ports.recorded().catch((): Partial<Pin> => ({}));
  if (health.pinned === true && !before?.pinned) return before ? [] : ["record", "notify"];
  return before?.pinned && before.told === false ? ["notify"] : [];
}

/** Not where the pin holds, not at a cap of 0, and not at 0 % of a document that is known. */
function mayServeV2({ percent, cap, pinned }: Health): boolean {
  if (pinned === true || cap === 0) return false;
  return !(percent === 0 && typeof cap === "number");
}

async function outcomeOf(step: PinStep, run: () => Promise<string>): Promise<PinOutcome> {
  try {
    return { step, ok: true, detail: await run() };
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { step, ok: false, detail };
  }
}

function messageOf(
  environment: string,
  cause: string,
  message: AlarmMessage,
  steps: readonly PinOutcome[],
): Omit<PinMessage, "incident" | "transition"> {
  const drill = cause === drillKey;
  const pointed = steps.every(({ ok }) => ok);
  const done = pointed ? "pinned to v1" : "PIN INCOMPLETE";
  const outcome = drill ? "a fire drill of the pin, nothing was moved" : done;
  const subject = `${drill ? "[DRILL] " : ""}Part Lens ${environment}: ${outcome}, cause ${cause}`;
  return {
    severity: "critical",
    mode: drill ? "drill" : "rollback",
    subject: subject.replace(/[^\x20-\x7e]/g, "?").slice(0, 100),
    body: [
      `Environment: ${environment}`,
      `Outcome: ${outcome}`,
      `Cause: ${cause} (${message.NewStateReason})`,
      `Alarm at: ${message.StateChangeTime}`,
      ...steps.map(({ step, ok, detail }) => `${ok ? "done" : "FAILED"}: ${step}, ${detail}`),
      `Next: ${nextStep(drill, pointed)}`,
    ].join("\n"),
  };
}

function nextStep(drill: boolean, pointed: boolean): string {
  if (drill) return "nothing to do; whoever expected this message and has it, says so.";
  return pointed
    ? 'v1 answers everyone; find the cause, mend it, then "npm run rollout -- acknowledge --reason …".'
    : "look whether the kill switch is at 0; v2 MAY STILL BE SERVED.";
}
