/**
 * The rollout plan: every stage, how many yachts it exposes, how long it bakes and what must hold to go on.
 * The one place for these facts; the program, the judge, the rehearsal and the docs read it.
 * Source: domain.md, "The rollout".
 */

/** What a criterion looks at. Shares and the drift are 0…1, latencies milliseconds, the rest counts. */
export type Measure =
  | "serverErrors"
  | "errorRate"
  | "p95"
  | "p99"
  | "p95Ratio"
  | "errorsAboveControl"
  | "unavailableAboveControl"
  | "timeoutRate"
  | "timeoutRatio"
  | "rlsViolations"
  | "unsignedExecutions"
  | "signedWithoutEvidence"
  | "ledgerMismatches"
  | "orphanedTransactions"
  | "duplicateKeys"
  | "drift"
  | "worstDrift"
  | "integrityBreaks";

/** One thing that must hold at the end of a bake. `below`: value < limit; `atMost`: value <= limit. */
export interface Criterion {
  readonly measure: Measure;
  readonly comparison: "below" | "atMost";
  readonly limit: number;
  /** What a failed check does. Missing data or too few samples never pass: they hold. */
  readonly onFail: "rollback" | "hold" | "observe";
}

/**
 * Of healthy rollouts at most this share may be taken down by the sequential comparisons of v2 with v1: all of them
 * together, over every stage and every look. A false rollback costs the rollout and somebody's night, so it takes a proof;
 * where v2 only looks worse, the stage holds until more requests tell.
 */
export const falseRollbackShare = 0.001;

/**
 * Those comparisons: v2 is no worse up to `tolerated` times v1's share of the same minutes, and `ratio` times is what must
 * be found. The limit of such a criterion is the difference of the shares that is too small to matter.
 */
export const sequentialComparisons = {
  errorsAboveControl: { tolerated: 1, ratio: 3 },
  // A dependency that is down takes tenants, not requests: v2's few yachts may have a larger part in it than v1's.
  unavailableAboveControl: { tolerated: 3, ratio: 9 },
} as const satisfies Partial<Record<Measure, { readonly tolerated: number; readonly ratio: number }>>;

export interface Stage {
  readonly stage: string;
  /** Share of the fleet on v2, 0…100. */
  readonly percent: number;
  readonly bakeMinutes: number;
  readonly criteria: readonly Criterion[];
}

const canaryCriteria = [
  { measure: "serverErrors", comparison: "atMost", limit: 0, onFail: "rollback" },
  { measure: "errorRate", comparison: "below", limit: 0.01, onFail: "rollback" },
  { measure: "p95", comparison: "below", limit: 500, onFail: "rollback" },
  { measure: "rlsViolations", comparison: "atMost", limit: 0, onFail: "rollback" },
  // 503 of v2 beyond v1's, up to what may fail of it: "rolls back only if v2's share is above v1's".
  { measure: "unavailableAboveControl", comparison: "atMost", limit: 0.01, onFail: "rollback" },
] as const satisfies readonly Criterion[];

export const plan = [
  { stage: "off", percent: 0, bakeMinutes: 0, criteria: [] },
  { stage: "canary-5", percent: 5, bakeMinutes: 60, criteria: canaryCriteria },
  { stage: "ramp-20", percent: 20, bakeMinutes: 60, criteria: canaryCriteria },
  {
    stage: "ramp-50",
    percent: 50,
    bakeMinutes: 60,
    criteria: [
      ...canaryCriteria,
      { measure: "p95Ratio", comparison: "atMost", limit: 1.25, onFail: "rollback" },
      { measure: "errorsAboveControl", comparison: "atMost", limit: 0, onFail: "rollback" },
    ],
  },
  {
    stage: "full-100",
    percent: 100,
    bakeMinutes: 1440,
    criteria: [
      { measure: "serverErrors", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "errorRate", comparison: "below", limit: 0.005, onFail: "rollback" },
      { measure: "p95", comparison: "below", limit: 500, onFail: "rollback" },
      { measure: "p99", comparison: "below", limit: 1000, onFail: "rollback" },
      { measure: "timeoutRate", comparison: "atMost", limit: 0.001, onFail: "rollback" },
      { measure: "timeoutRatio", comparison: "atMost", limit: 3, onFail: "rollback" },
      { measure: "rlsViolations", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "unsignedExecutions", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "signedWithoutEvidence", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "ledgerMismatches", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "orphanedTransactions", comparison: "atMost", limit: 0, onFail: "rollback" },
      { measure: "duplicateKeys", comparison: "atMost", limit: 0, onFail: "rollback" },
    ],
  },
] as const satisfies readonly Stage[];

/**
 * Production-ready is a declaration, not a stage: what must have held for so many days at 100 %, up to the moment in
 * which it is declared. Source: domain.md, "Production-ready".
 */
export const declaration = {
  name: "production-ready",
  stage: "full-100",
  days: 7,
  criteria: [
    { measure: "serverErrors", comparison: "atMost", limit: 0, onFail: "hold" },
    { measure: "p95", comparison: "below", limit: 400, onFail: "hold" },
    { measure: "errorRate", comparison: "below", limit: 0.003, onFail: "hold" },
    { measure: "rlsViolations", comparison: "atMost", limit: 0, onFail: "hold" },
    // The drift as it is now, the largest of any reconciliation in the days, and that no check of them met a break.
    { measure: "drift", comparison: "below", limit: 0.001, onFail: "hold" },
    { measure: "worstDrift", comparison: "below", limit: 0.001, onFail: "hold" },
    { measure: "integrityBreaks", comparison: "atMost", limit: 0, onFail: "hold" },
    { measure: "signedWithoutEvidence", comparison: "atMost", limit: 0, onFail: "hold" },
    { measure: "unsignedExecutions", comparison: "atMost", limit: 0, onFail: "hold" },
  ],
} as const satisfies {
  readonly name: string;
  readonly stage: (typeof plan)[number]["stage"];
  readonly days: number;
  readonly criteria: readonly Criterion[];
};

export type StageName = (typeof plan)[number]["stage"];

/** What can be judged: a stage, or the declaration. */
export type Judged = StageName | typeof declaration.name;

export const stageNames = plan.map((stage) => stage.stage) as readonly StageName[];

/** The stage of that name. Throws a RangeError that lists the names there are. */
export function stageOf(name: string): Stage & { readonly stage: StageName } {
  const found = plan.find((stage) => stage.stage === name);
  if (!found) throw new RangeError(`no stage "${name}"; the plan has ${stageNames.join(", ")}`);
  return found;
}
