import { declaration, type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import { approvalsOf } from "./approvals.ts";
import { type CodeState, codeAfter } from "./code-state.ts";
import type { RolloutEvent, VerdictWord } from "./event.ts";

export interface RolloutLock {
  readonly cause: string;
  /** ISO time. */
  readonly at: string;
  /** No stage above this one may be deployed while the lock holds. */
  readonly to: StageName;
}

/** The last recorded move, up or down. */
export interface RolloutMove {
  readonly from: StageName;
  readonly to: StageName;
  readonly actor: string;
  readonly at: string;
}

/** Somebody wants nothing to rise for a while. */
export interface RolloutHold {
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

/** A named person's leave for one stage; it is used up by the move there. */
export interface Approval {
  readonly stage: StageName;
  readonly actor: string;
  readonly at: string;
}

/** Who updates the stacks: nobody else raises them while it is held. */
export interface RunnerLease {
  readonly runner: string;
  readonly actor: string;
  readonly at: string;
}

/** Who stands for the rollout as it is. */
export interface SignOff {
  readonly name: string;
  readonly role: string;
  readonly at: string;
}

/** Production-ready, by these days at 100 %. */
export interface Declaration {
  readonly actor: string;
  readonly at: string;
  readonly from: string;
  readonly to: string;
}

/** Where the rollout stands. Nothing but its events makes it. */
export interface RolloutState {
  readonly stage: StageName;
  /** ISO time of the last move; undefined before the first. */
  readonly since?: string;
  readonly percent: number;
  /** The verdict on the current stage. A failure sticks until the stage is left. */
  readonly verdict?: VerdictWord;
  readonly lock?: RolloutLock;
  readonly hold?: RolloutHold;
  readonly lease?: RunnerLease;
  /** Given and not used yet. A rollback takes them all back. */
  readonly approvals: readonly Approval[];
  /** The stages that need one in this environment. */
  readonly needsApproval: readonly StageName[];
  readonly lastMove?: RolloutMove;
  /** Given at this stage. Whatever moves or locks the rollout takes them back, and the declaration with them. */
  readonly signOffs: readonly SignOff[];
  readonly declaration?: Declaration | undefined;
  /** Undefined until an event has named a version. */
  readonly code?: CodeState | undefined;
  /** Yacht ids on v2. */
  readonly cohort: readonly string[];
  /** The cohort each stage last had: going down returns to it. */
  readonly cohorts: Readonly<Partial<Record<StageName, readonly string[]>>>;
  /** Every event, refused ones included. */
  readonly history: readonly RolloutEvent[];
}

/** Before the first event, where no stage needs an approval. */
export const initialState: RolloutState = {
  stage: "off",
  percent: 0,
  approvals: [],
  needsApproval: [],
  signOffs: [],
  cohort: [],
  cohorts: {},
  history: [],
};

/** Before the first event of an environment, with the approvals that it asks for. */
export function initialStateOf(environment: string): RolloutState {
  return { ...initialState, needsApproval: approvalsOf(environment) };
}

/** The state after the events. Replaying the same log always gives the same state. */
export function replay(events: readonly RolloutEvent[], from: RolloutState = initialState): RolloutState {
  return events.reduce(applied, from);
}

/**
 * The state after one event. Total: an event that the rules forbid (a rise past a lock, an unjudged stage, a
 * verdict on another stage) is kept in the history and changes nothing else.
 */
export function applied(state: RolloutState, event: RolloutEvent): RolloutState {
  const kept = { ...state, history: [...state.history, event] };
  const next = { ...kept, code: codeAfter(state.code, state.stage, event) };
  switch (event.kind) {
    case "advanced":
      return mayAdvance(state, event.to, event.runner) ? kept : moved(next, event, event.cohort);
    case "judged":
      return event.stage !== state.stage || state.verdict === "fail"
        ? kept
        : { ...next, verdict: event.verdict };
    case "rolledBack":
      return rolledBack(next, event);
    case "locked":
      return { ...next, ...withdrawn, lock: { cause: event.cause, at: event.at, to: state.stage } };
    case "acknowledged":
      return { ...next, lock: undefined };
    case "held":
      return { ...next, hold: { reason: event.reason, actor: event.actor, at: event.at } };
    case "resumed":
      return { ...next, hold: undefined };
    case "approved":
      return approved(next, event);
    case "leased":
      return state.lease ? next : { ...next, lease: leaseOf(event) };
    case "released":
      return state.lease?.runner === event.runner ? { ...next, lease: undefined } : next;
    case "unlocked":
      return { ...next, lease: undefined };
    case "signedOff":
      return { ...next, signOffs: [...state.signOffs, signOffOf(event)] };
    case "declared":
      return againstDeclaring(state, event.from).length > 0
        ? next
        : { ...next, declaration: declarationOf(event) };
    case "codeRolledBack":
      return next;
  }
}

/**
 * Why the rollout may not go to that stage; undefined when it may. Down is never refused. Up: one stage at a
 * time, not past a lock or a hold, not by another runner than the one who holds the lease, only from a stage whose
 * verdict is pass, and with the approval that the environment asks for.
 */
export function mayAdvance(state: RolloutState, to: StageName, runner?: string): string | undefined {
  const here = stageNames.indexOf(state.stage);
  const there = stageNames.indexOf(to);
  if (there < here) return undefined;
  if (there === here) return `the rollout is at ${to} already`;
  if (state.lock) return lockedText(state.lock);
  if (state.hold) return heldText(state.hold);
  if (state.lease && state.lease.runner !== runner) return leasedText(state.lease);
  if (there > here + 1) return `${to} skips a stage: after ${state.stage} comes ${stageNames[here + 1]}`;
  return unprovenText(state, to) ?? unapprovedText(state, to);
}

/** The stage after that of the state; undefined at the last one. */
export function nextStage({ stage }: Pick<RolloutState, "stage">): StageName | undefined {
  return stageNames[stageNames.indexOf(stage) + 1];
}

/** Why the verdict of the current stage lets nothing rise; undefined when it does. */
export function unprovenText({ stage, percent, verdict }: RolloutState, to: StageName): string | undefined {
  if (percent === 0 || verdict === "pass") return undefined;
  const has = verdict === undefined ? "no verdict yet" : `the verdict ${verdict}`;
  return `${stage} has ${has}; it must pass before ${to}`;
}

/** Which approval is missing; undefined when none is. */
export function unapprovedText(
  { approvals, needsApproval }: RolloutState,
  to: StageName,
): string | undefined {
  if (!needsApproval.includes(to) || approvals.some(({ stage }) => stage === to)) return undefined;
  return `${to} waits for an approval: a named person gives it with "npm run rollout -- approve"`;
}

/** What a hold says to whoever meets it. */
export function heldText({ reason, actor, at }: RolloutHold): string {
  return `${actor} holds the rollout since ${at}: ${reason}; end the hold with "npm run rollout -- resume"`;
}

/** What another runner's lease says to whoever meets it. */
export function leasedText({ runner, at }: RunnerLease): string {
  return (
    `${runner} carries the rollout on since ${at}: wait for it, or, if it is gone, clear its lease with ` +
    '"npm run rollout -- unlock --reason …"'
  );
}

/** What a lock says to whoever meets it. */
export function lockedText(lock: { readonly cause: string; readonly at: string }): string {
  return (
    `the rollout is locked since ${lock.at} because of ${lock.cause}: find the cause, then acknowledge it ` +
    'with "npm run rollout -- acknowledge --reason …"'
  );
}

/** Only of the very next stage: an approval is given with the evidence of the stage before in sight. */
function approved(state: RolloutState, event: Extract<RolloutEvent, { kind: "approved" }>): RolloutState {
  const { stage, actor, at } = event;
  if (state.lock || stage !== nextStage(state)) return state;
  if (state.approvals.some((given) => given.stage === stage)) return state;
  return { ...state, approvals: [...state.approvals, { stage, actor, at }] };
}

/** What holds only as long as nothing moves. */
const withdrawn = { signOffs: [], declaration: undefined } as const;

/**
 * Everything in the log that stands against declaring the days that begin then (ISO time). What those days must have
 * been like is judged elsewhere.
 */
export function againstDeclaring(state: RolloutState, from: string): string[] {
  const { stage, lock, since, verdict, declaration: before } = state;
  const isThere = stage === declaration.stage;
  const isEarly = since === undefined || Date.parse(since) > Date.parse(from);
  return [
    lock && lockedText(lock),
    !isThere && `the rollout is at ${stage}, not at ${declaration.stage}`,
    isThere && verdict !== "pass" && `${stage} has ${verdict ? `the verdict ${verdict}` : "no verdict yet"}`,
    isThere &&
      isEarly &&
      `it has been at ${stage} since ${since}: ${declaration.days} days of it are not over`,
    before && `it was declared already, by ${before.actor} at ${before.at}`,
  ].filter((problem) => typeof problem === "string");
}

function signOffOf({ name, role, at }: Extract<RolloutEvent, { kind: "signedOff" }>): SignOff {
  return { name, role, at };
}

function declarationOf(event: Extract<RolloutEvent, { kind: "declared" }>): Declaration {
  const { actor, at, from, to } = event;
  return { actor, at, from, to };
}

function leaseOf({ runner, actor, at }: Extract<RolloutEvent, { kind: "leased" }>): RunnerLease {
  return { runner, actor, at };
}

function rolledBack(state: RolloutState, event: Extract<RolloutEvent, { kind: "rolledBack" }>): RolloutState {
  // A rollback can only lower: a target above the current stage leaves the stage where it is.
  const to = stageOf(event.to).percent < state.percent ? event.to : state.stage;
  const down = to === state.stage ? state : moved(state, { ...event, to }, state.cohorts[to] ?? []);
  return { ...down, ...withdrawn, approvals: [], lock: { cause: event.cause, at: event.at, to } };
}

function moved(
  state: RolloutState,
  event: { readonly at: string; readonly actor: string; readonly to: StageName },
  cohort: readonly string[],
): RolloutState {
  const { percent } = stageOf(event.to);
  const members = percent === 0 ? [] : cohort;
  return {
    ...state,
    stage: event.to,
    since: event.at,
    percent,
    ...withdrawn,
    verdict: undefined,
    approvals: [],
    lastMove: { from: state.stage, to: event.to, actor: event.actor, at: event.at },
    cohort: members,
    cohorts: { ...state.cohorts, [event.to]: members },
  };
}
