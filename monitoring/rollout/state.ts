import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
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

/** Where the rollout stands. Nothing but its events makes it. */
export interface RolloutState {
  readonly stage: StageName;
  /** ISO time of the last move; undefined before the first. */
  readonly since?: string;
  readonly percent: number;
  /** The verdict on the current stage. A failure sticks until the stage is left. */
  readonly verdict?: VerdictWord;
  readonly lock?: RolloutLock;
  readonly lastMove?: RolloutMove;
  /** Yacht ids on v2. */
  readonly cohort: readonly string[];
  /** The cohort each stage last had: going down returns to it. */
  readonly cohorts: Readonly<Partial<Record<StageName, readonly string[]>>>;
  /** Every event, refused ones included. */
  readonly history: readonly RolloutEvent[];
}

export const initialState: RolloutState = { stage: "off", percent: 0, cohort: [], cohorts: {}, history: [] };

/** The state after the events. Replaying the same log always gives the same state. */
export function replay(events: readonly RolloutEvent[], from: RolloutState = initialState): RolloutState {
  return events.reduce(applied, from);
}

/**
 * The state after one event. Total: an event that the rules forbid (a rise past a lock, an unjudged stage, a
 * verdict on another stage) is kept in the history and changes nothing else.
 */
export function applied(state: RolloutState, event: RolloutEvent): RolloutState {
  const next = { ...state, history: [...state.history, event] };
  switch (event.kind) {
    case "advanced":
      return mayAdvance(state, event.to) ? next : moved(next, event, event.cohort);
    case "judged":
      return event.stage !== state.stage || state.verdict === "fail"
        ? next
        : { ...next, verdict: event.verdict };
    case "rolledBack":
      return rolledBack(next, event);
    case "locked":
      return { ...next, lock: { cause: event.cause, at: event.at, to: state.stage } };
    case "acknowledged":
      return { ...next, lock: undefined };
  }
}

/**
 * Why the rollout may not go to that stage; undefined when it may. Down is never refused. Up: one stage at a
 * time, not past a lock, and only from a stage whose verdict is pass.
 */
export function mayAdvance(state: RolloutState, to: StageName): string | undefined {
  const here = stageNames.indexOf(state.stage);
  const there = stageNames.indexOf(to);
  if (there < here) return undefined;
  if (there === here) return `the rollout is at ${to} already`;
  if (state.lock) return lockedText(state.lock);
  if (there > here + 1) return `${to} skips a stage: after ${state.stage} comes ${stageNames[here + 1]}`;
  if (here === 0 || state.verdict === "pass") return undefined;
  return `${state.stage} has ${state.verdict === undefined ? "no verdict yet" : `the verdict ${state.verdict}`}; it must pass before ${to}`;
}

/** What a lock says to whoever meets it. */
export function lockedText(lock: { readonly cause: string; readonly at: string }): string {
  return (
    `the rollout is locked since ${lock.at} because of ${lock.cause}: find the cause, then acknowledge it ` +
    'with "npm run rollout -- acknowledge --reason …"'
  );
}

function rolledBack(state: RolloutState, event: Extract<RolloutEvent, { kind: "rolledBack" }>): RolloutState {
  // A rollback can only lower: a target above the current stage leaves the stage where it is.
  const to = stageOf(event.to).percent < state.percent ? event.to : state.stage;
  const down = to === state.stage ? state : moved(state, { ...event, to }, state.cohorts[to] ?? []);
  return { ...down, lock: { cause: event.cause, at: event.at, to } };
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
    verdict: undefined,
    lastMove: { from: state.stage, to: event.to, actor: event.actor, at: event.at },
    cohort: members,
    cohorts: { ...state.cohorts, [event.to]: members },
  };
}
