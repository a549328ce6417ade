import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../event.ts";
import { alarmsIn, type LiveView } from "../live-view.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import { obstacles, preflight } from "../preflight.ts";
import { type RollbackOrigin, rollbackOriginNames } from "../rollback-origin.ts";
import { lockedText, nextStage, type RolloutState } from "../state.ts";

/** A rollback that happened outside the log: by a function of an alarm, AppConfig's own, or by hand. */
export interface OutsideRollback {
  readonly do: "record";
  readonly to: StageName;
  readonly cause: string;
  /** Where no function did it: the alarms that are in ALARM now. */
  readonly alsoFiring: readonly string[];
  /** Left out where only the place may know: by who has last written `parameter`. */
  readonly actor?: string;
  readonly parameter?: "lock" | "pin";
  /** Left out where a function of an alarm did it, which has told. */
  readonly origin?: RollbackOrigin;
  /** ISO time, of one by a verb or the judge that the log did not take then: whoever did it has told, or is taken up. */
  readonly at?: string;
}

/** What is to be done next, now. */
export type Step =
  | OutsideRollback
  | { readonly do: "rollback"; readonly to: StageName; readonly cause: string }
  | { readonly do: "judge" }
  /** The move there is recorded and its document was never deployed: whoever did it ended in between. */
  | { readonly do: "deploy"; readonly to: StageName }
  | { readonly do: "advance"; readonly to: StageName }
  | { readonly do: "wait"; readonly why: string }
  /** Nothing more happens without a person. */
  | { readonly do: "stop"; readonly why: string }
  | { readonly do: "done"; readonly why: string };

export interface WatchInputs {
  readonly state: RolloutState;
  readonly live: LiveView;
  /** ISO times: now, and since when this stage has been watched without a gap. */
  readonly at: string;
  readonly bakeFrom?: string | undefined;
  /** A trial on one machine; undefined: the plan's. */
  readonly bakeMinutes?: number | undefined;
  readonly runner?: string | undefined;
  readonly traffic?: ExpectedTraffic | undefined;
  /** The stage has been judged in this very round, and the verdict is in the state. */
  readonly judged: boolean;
}

/**
 * The one decision of the runner, from the log and what is live alone: a runner that was killed goes on where the log
 * is. A failed check comes before everything that waits, so that no hold, lease or approval mutes one; and a stage
 * is judged again in every round in which it waits, so that a late failure is found.
 * Source: domain.md, "The rollout".
 */
export function nextStep(inputs: WatchInputs): Step {
  const { state } = inputs;
  const outside = unrecorded(inputs);
  if (outside) return outside;
  if (state.lock) return { do: "stop", why: lockedText(state.lock) };
  if (state.verdict === "fail")
    return { do: "rollback", to: below(state.stage), cause: failedMeasure(state) };
  if (state.percent > 0) {
    const again = undeployed(inputs);
    if (again) return again;
    const left = bakeLeft(inputs);
    if (left !== undefined) return { do: "wait", why: left };
    if (!inputs.judged) return { do: "judge" };
    if (state.verdict !== "pass") return { do: "wait", why: openText(state) };
  }
  return rise(inputs);
}

function rise({ state, live, runner, traffic }: WatchInputs): Step {
  const to = nextStage(state);
  if (!to) return { do: "done", why: `${state.stage} has passed: the rollout is complete` };
  const [first] = obstacles({ state, live, to, runner, traffic });
  return first === undefined ? { do: "advance", to } : { do: "wait", why: first };
}

/** The measure that failed the current stage, as the log has it. */
export function failedMeasure({ history, stage }: Pick<RolloutState, "history" | "stage">): string {
  const criteria = detailsOf(history, stage)?.criteria ?? [];
  return criteria.find(({ verdict }) => verdict === "fail")?.measure ?? "judge";
}

interface JudgedDetails {
  readonly criteria?: readonly {
    readonly measure: string;
    readonly verdict: string;
    readonly reason?: string;
  }[];
}

/** What was kept with the last verdict on that stage. */
export function detailsOf(history: readonly RolloutEvent[], stage: StageName): JudgedDetails | undefined {
  const last = history.findLast((event) => event.kind === "judged" && event.stage === stage);
  return last?.kind === "judged" ? (last.details as JudgedDetails | undefined) : undefined;
}

function unrecorded({ state, live, bakeFrom }: WatchInputs): OutsideRollback | undefined {
  const { lock, pin, documentStage, cap, deployed } = live;
  // Lower than the log: an alarm has fired where the rollout was locked at a stage between.
  if (lock.locked && (!state.lock || stageOf(lock.to).percent < state.percent))
    return locked(lock, state, live);
  if (pin?.pinned && !state.lock) {
    const { by, cause } = pin;
    if (by === undefined) return outside("byHand", "off", live, { cause, parameter: "pin" });
    return { do: "record", to: "off", cause, alsoFiring: [], actor: "pin" };
  }
  // Whoever set it ended before the lock.
  if (cap === 0 && !state.lock && state.percent > 0) return outside("killSwitch", "off", live);
  // Until the planned document has been live once, an older one is only on its way out.
  if (state.lock || bakeFrom === undefined) return undefined;
  const stage = stageNames.find((name) => name === documentStage);
  if (!stage || stageOf(stage).percent >= state.percent) return undefined;
  // Nobody lowered it by a verb. AppConfig takes back what its monitors do not let through, which is a rollback like
  // any other (source: domain.md); where its last deployment stands, somebody has deployed a lower document.
  const isStanding = deployed?.undone === false && deployed.stage === stage;
  return isStanding
    ? outside("byHand", stage, live)
    : outside("appConfigMonitor", stage, live, { actor: "AppConfig" });
}

/** A lock that the log does not have: by what it says of who set it. Who says nothing is no verb and no function. */
function locked(
  lock: Extract<LiveView["lock"], { locked: true }>,
  { history, lock: recorded }: RolloutState,
  live: LiveView,
): OutsideRollback {
  const { actor, alsoFiring = [], at, by, cause, to } = lock;
  if (by !== undefined) return { do: "record", to, cause, alsoFiring, actor: "rollback" };
  const origin = rollbackOriginNames.find((name) => name === lock.origin);
  if (origin && actor) return { do: "record", to, cause, alsoFiring: [], actor, origin, at };
  const wasRecorded = history.some((event) => event.kind === "rolledBack" && event.at === at);
  if (wasRecorded && !recorded) return outside("lockLeft", to, live, { cause });
  return outside("byHand", to, live, { cause, ...(actor ? { actor } : { parameter: "lock" }) });
}

/** A rollback that was left without a lock, or without a name. */
function outside(
  origin: RollbackOrigin,
  to: StageName,
  live: LiveView,
  known: Partial<Pick<OutsideRollback, "cause" | "actor" | "parameter">> = {},
): OutsideRollback {
  const alsoFiring = alarmsIn("ALARM", live);
  return { do: "record", to, cause: origin, alsoFiring, origin, ...known };
}

/** Undefined where the document is live or on its way, and where none has been deployed yet. */
function undeployed({ state, live, bakeFrom, runner }: WatchInputs): Step | undefined {
  const { deployment, documentStage } = live;
  const older = stageNames.find((name) => name === documentStage);
  if (bakeFrom !== undefined || !older || older === state.stage || deployment) return undefined;
  const against = preflight({ state, live, to: state.stage, runner }).find(
    ({ what, holds }) => !holds && againstDeploying.has(what),
  );
  return against ? { do: "wait", why: against.text } : { do: "deploy", to: state.stage };
}

/** What also stands against the deployment of a move that is recorded. */
const againstDeploying: ReadonlySet<string> = new Set(["pin", "hold", "lease", "alarms"]);

/** Why the bake is not over; undefined when it is. Not watched means not baked. */
function bakeLeft({ state, at, bakeFrom, bakeMinutes }: WatchInputs): string | undefined {
  if (bakeFrom === undefined) return `${state.stage} is not live yet`;
  const minutes = bakeMinutes ?? stageOf(state.stage).bakeMinutes;
  const until = Date.parse(bakeFrom) + minutes * 60_000;
  return Date.parse(at) >= until ? undefined : `${state.stage} bakes until ${new Date(until).toISOString()}`;
}

function openText({ history, stage, verdict }: RolloutState): string {
  const open = (detailsOf(history, stage)?.criteria ?? []).filter((one) => one.verdict !== "pass");
  const reasons = open.map(({ measure, reason }) => `${measure}: ${reason ?? "open"}`).join("; ");
  return `${stage} is ${verdict ?? "not judged"}${reasons ? `: ${reasons}` : ""}; it is judged again`;
}

function below(stage: StageName): StageName {
  return stageNames[Math.max(0, stageNames.indexOf(stage) - 1)] as StageName;
}
