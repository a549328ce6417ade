import * as z from "zod";
import { type AlarmKey, alarmKeys, alarms } from "./alarms.ts";
import { type Notification, notificationOf } from "./notifications.ts";

/** What CloudWatch says when an alarm changes its state; the fields that are used. */
export const alarmMessage = z.object({
  AlarmName: z.string(),
  NewStateValue: z.string(),
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string().default("unknown"),
});
export type AlarmMessage = z.infer<typeof alarmMessage>;

export interface RollbackLock {
  readonly locked: true;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly at: string;
  readonly to: "off";
}

/** Everything known at the end, for the postmortem. */
export interface RollbackRecord {
  readonly message: AlarmMessage;
  readonly percentBefore: number | undefined;
  readonly lock: RollbackLock;
  readonly steps: readonly StepOutcome[];
}

/** What a rollback does to the world. Each rejects when it did not succeed, and answers with a detail for the reader. */
export interface RollbackPorts {
  /** The keys of all alarms in ALARM; left out where nobody can tell. */
  firing?(): Promise<readonly string[]>;
  /** The percent that v2 really serves, the cap included; undefined when it cannot be told. */
  effectivePercent(): Promise<number | undefined>;
  cap0(): Promise<string>;
  lock(lock: RollbackLock): Promise<string>;
  proveV1(): Promise<string>;
  notify(notification: Notification): Promise<string>;
  collect(record: RollbackRecord): Promise<string>;
}

export interface RollbackContext {
  readonly environment: string;
  /** The names of our alarms are this and the key. */
  readonly alarmPrefix: string;
  readonly now?: () => Date;
}

export type RollbackStep = "cap0" | "lock" | "proveV1" | "notify" | "collect";

export interface StepOutcome {
  readonly step: RollbackStep;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** What the step answered, or why it failed. */
  readonly detail: string;
}

export interface RollbackResult {
  /** False for an alert while nobody is on v2, and for a message that is no alarm. */
  readonly acted: boolean;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly effectivePercent: number | undefined;
  readonly steps: readonly StepOutcome[];
  readonly milliseconds: number;
}

/**
 * Answers one alarm: 0, lock, prove v1, notify, collect, in this order. A step that fails stops none after it and
 * undoes none before it. Where nobody is on v2 it only alerts; where that cannot be told, it acts.
 * Never rejects. Source: domain.md, "Rolling back".
 */
export async function rollBack(
  message: AlarmMessage,
  ports: RollbackPorts,
  context: RollbackContext,
): Promise<RollbackResult> {
  const started = performance.now();
  const own = keyOf(message.AlarmName, context.alarmPrefix);
  if (message.NewStateValue !== "ALARM") return ignored(own);
  const [firing, effectivePercent] = await Promise.all([
    ports.firing?.().catch(() => []) ?? [],
    ports.effectivePercent().catch(() => undefined),
  ]);
  const [cause, ...alsoFiring] = inTableOrder([own, ...firing]) as [string, ...string[]];
  const acted = effectivePercent !== 0 && effectOf(own) === "rollback";
  const steps: StepOutcome[] = [];
  const now = () => (context.now?.() ?? new Date()).toISOString();
  const notification = () =>
    notificationOf({
      environment: context.environment,
      cause,
      alsoFiring,
      acted,
      percentBefore: effectivePercent,
      reason: message.NewStateReason,
      alarmAt: message.StateChangeTime,
      at: now(),
      steps,
    });
  const lock = { locked: true, cause, alsoFiring, at: now(), to: "off" } as const;
  const down = {
    cap0: () => ports.cap0(),
    lock: () => ports.lock(lock),
    proveV1: () => ports.proveV1(),
    notify: () => ports.notify(notification()),
    collect: () => ports.collect({ message, percentBefore: effectivePercent, lock, steps }),
  } satisfies Record<RollbackStep, () => Promise<string>>;
  const order: readonly RollbackStep[] = acted
    ? ["cap0", "lock", "proveV1", "notify", "collect"]
    : ["notify"];
  for (const step of order) steps.push(await outcomeOf(step, down[step]));
  return { acted, cause, alsoFiring, effectivePercent, steps, milliseconds: performance.now() - started };
}

/** An alarm that went back to OK moves nothing: people acknowledge, not metrics. */
function ignored(cause: string): RollbackResult {
  return { acted: false, cause, alsoFiring: [], effectivePercent: undefined, steps: [], milliseconds: 0 };
}

async function outcomeOf(step: RollbackStep, run: () => Promise<string>): Promise<StepOutcome> {
  const started = performance.now();
  const outcome = await Promise.resolve()
    .then(run)
    .then(
      (detail) => ({ ok: true, detail }),
      (error) => ({
        ok: false,
        detail: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      }),
    );
  return { step, ...outcome, milliseconds: performance.now() - started };
}

/** The alarm's key; a name that is not ours stands for itself. */
function keyOf(alarmName: string, prefix: string): string {
  return alarmName.startsWith(prefix) ? alarmName.slice(prefix.length) : alarmName;
}

/** An alarm that is not in the table came by the rollback topic all the same: it counts as one that rolls back. */
function effectOf(key: string): "rollback" | "alert" {
  return Object.hasOwn(alarms, key) ? alarms[key as AlarmKey].effect : "rollback";
}

/** Without doubles, keys of the table first and in its order. */
function inTableOrder(keys: readonly string[]): string[] {
  const place = (key: string) => {
    const index = alarmKeys.indexOf(key as AlarmKey);
    return index === -1 ? alarmKeys.length : index;
  };
  return [...new Set(keys)].sort((a, b) => place(a) - place(b));
}
