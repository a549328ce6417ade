/** What a rollout leaves behind for its report: plain data, as it goes into JSON. */
export interface RolloutRecord {
  readonly title: string;
  /** ISO 8601; minute 0 of the timeline. */
  readonly startedAt: string;
  /** One per minute, ascending. */
  readonly minutes: readonly Point[];
  readonly events: readonly TimelineEvent[];
  /** In the order they were entered. A stage that is entered twice stands here twice. */
  readonly stages: readonly StageRun[];
  readonly rollbacks: readonly Rollback[];
  readonly exposure: readonly Exposure[];
  readonly requests: number;
  readonly outcome: Outcome;
}

/** What a rehearsal knows besides. */
export interface RehearsalRecord {
  readonly seed: string;
  readonly signedActions: SignedActions;
  /** "type name" of each resource that was recorded but not realised. */
  readonly notSimulated: readonly string[];
  /** Real seconds. */
  readonly wallSeconds: number;
}

/** A rehearsed rollout. */
export interface Timeline extends RolloutRecord, RehearsalRecord {
  readonly rollbacks: readonly MeasuredRollback[];
}

/** What a report is drawn from: a rehearsal, or a rollout that was no rehearsal. */
export type Reported = RolloutRecord & Partial<RehearsalRecord>;

export interface Outcome {
  /** Everything ended as the plan says it must. */
  readonly ok: boolean;
  /** One sentence. */
  readonly text: string;
}

/** One minute. Percentages are 0…100, latencies milliseconds. */
export interface Point {
  readonly minute: number;
  readonly percentPlanned: number;
  readonly percentObserved: number;
  readonly v1: VersionPoint;
  readonly v2: VersionPoint;
  /** Keys of the alarms that are in ALARM at the end of the minute. */
  readonly alarms: readonly string[];
}

export interface VersionPoint {
  readonly requests: number;
  readonly errors: number;
  /** null without requests. */
  readonly p95: number | null;
  readonly p99: number | null;
  readonly slow: number;
}

/** `calm`: an alarm has ended. `cleared`: a fault has. `told`: people were. */
export type EventKind =
  | "stage"
  | "fault"
  | "alarm"
  | "calm"
  | "told"
  | "rollback"
  | "acknowledged"
  | "verdict"
  | "cleared";

export interface TimelineEvent {
  readonly minute: number;
  readonly kind: EventKind;
  readonly text: string;
  /** Who did it: a person, the judge, the rollback function. */
  readonly actor?: string;
}

export type StageVerdict = "pass" | "fail" | "inconclusive" | "rolledBack";

export interface StageRun {
  readonly stage: string;
  /** 1 for the first time the stage is entered. */
  readonly attempt: number;
  readonly verdict: StageVerdict;
  /** Minutes of the timeline; `to` is excluded. */
  readonly from: number;
  readonly to: number;
  readonly criteria: readonly CriterionResult[];
}

/** One criterion as the judge saw it. Units are the measure's own, see `flags/plan.ts`. */
export interface CriterionResult {
  readonly measure: string;
  readonly value?: number | null | undefined;
  readonly limit: number;
  readonly comparison?: "below" | "atMost";
  readonly samples: number;
  readonly interval?: readonly [number, number] | null | undefined;
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly reason: string;
}

/** The kill switch's cap of 0, or the HTTP API pointed at v1. Source: design.md, decision 5. */
export type WayDown = "killSwitch" | "pin";

/** Seconds are virtual; milliseconds are those of the function that was that way, real ones. */
export interface Rollback {
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly toStage: string;
  /** The way down by which v2 was off first; left out where it never was. */
  readonly way?: WayDown | undefined;
  /** Minute of the timeline. */
  readonly at: number;
  readonly conditionToDown: number;
  readonly causeToCondition?: number | undefined;
  readonly milliseconds?: number | undefined;
}

/** Of a cause that was put in on purpose: it is known when it began, and how long the function took. */
export interface MeasuredRollback extends Rollback {
  readonly causeToCondition: number;
  readonly milliseconds: number;
}

/** Shares in percent. */
export interface Exposure {
  readonly stage: string;
  readonly attempt: number;
  readonly yachts: { readonly planned: number; readonly observed: number };
  readonly requests: { readonly planned: number; readonly observed: number };
}

export interface SignedActions {
  /** Asked for with a signature. */
  readonly asked: number;
  /** Executed by v2 with PIN and TOTP verified. */
  readonly verified: number;
  /** Refused. */
  readonly refused: number;
}
