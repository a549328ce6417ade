import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { StageRun, Timeline } from "../../../monitoring/report/timeline.ts";
import type { VerdictWord } from "../../../monitoring/rollout/event.ts";
import { faults } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";
import type { Climb } from "./ascent.ts";
import type { Descended } from "./descent.ts";
import type { LedgerCheck } from "./ledger-check.ts";
import type { Surprise } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";

/** Everything that a rehearsal came to know, before it is judged. */
export interface Findings {
  readonly options: RehearsalOptions;
  readonly timeline: Omit<Timeline, "outcome">;
  readonly stamps: { readonly codeVersion: string; readonly migrationHash: string };
  readonly climbs: readonly Climb[];
  readonly descended: Descended | undefined;
  /** The alarms went quiet after the fault was cleared. */
  readonly quiet: boolean;
  /** Both ways down can be taken again after the acknowledgement. */
  readonly armed: boolean;
  readonly ledger: LedgerCheck;
  readonly surprises: readonly Surprise[];
  readonly linesMissing: number;
  readonly requestsPerSecond: number;
}

/** A rollback must reach the last yacht within this time. Source: domain.md, "Two times". */
const mostSecondsToDown = 60;

/** What did not end as the plan says it must, a sentence each; empty when all did. */
export function problemsOf(findings: Findings): string[] {
  return [...climbProblems(findings), ...rollbackProblems(findings), ...dataProblems(findings)];
}

/** What `summary.json` holds. Times are virtual seconds but for `milliseconds` and `wallSeconds`. */
export function summaryOf(findings: Findings) {
  const { options, timeline, stamps, ledger, requestsPerSecond } = findings;
  const { stages, rollbacks, exposure, signedActions, notSimulated, wallSeconds, requests } = timeline;
  const problems = problemsOf(findings);
  return {
    ok: problems.length === 0,
    problems,
    fault: options.fault,
    at: options.at,
    until: options.until,
    seed: options.seed,
    ...stamps,
    stages: stages.map(({ stage, attempt, verdict, criteria }) => ({
      stage,
      attempt,
      verdict,
      numbers: criteria,
    })),
    rollbacks,
    exposure,
    signedActions,
    ledger,
    requests,
    requestsPerSecond,
    wallSeconds,
    awsDelays,
    surprises: findings.surprises.slice(0, 20),
    notSimulated,
  };
}

export type Summary = ReturnType<typeof summaryOf>;

function climbProblems({ options, climbs, timeline }: Findings): string[] {
  const last = climbs.at(-1);
  const { stages } = timeline;
  const expectNone = faultOf(options)?.expectNone;
  if (last === "missed") return [`the fault ${options.fault} was missed: nothing rolled back`];
  if (expectNone) return blamelessProblems(expectNone, last, stages.at(-1));
  if (options.until === "rollback")
    return last === "rolledBack" ? [] : [`there was no rollback: the climb ${last}`];
  if (last === "completed") return [];
  const stage = stages.at(-1);
  return [`the rollout did not reach ${options.until}: it ended in ${stage?.stage} with ${stage?.verdict}`];
}

function blamelessProblems(
  expected: VerdictWord,
  last: Climb | undefined,
  stage: StageRun | undefined,
): string[] {
  // What rolled back is told of with the rollbacks.
  if (last === "rolledBack" || (last === "withstood" && stage?.verdict === expected)) return [];
  if (last !== "withstood") return [`the climb ${last}, with a fault that v2 is not to blame for`];
  return [`${stage?.stage} ended with ${stage?.verdict}, expected was ${expected}`];
}

function faultOf({ fault }: RehearsalOptions): Fault | undefined {
  return fault === "none" ? undefined : faults[fault];
}

function rollbackProblems({ options, timeline, descended, quiet, armed, climbs }: Findings): string[] {
  const { rollbacks } = timeline;
  if (options.fault === "none")
    return rollbacks.map(({ cause }) => `rolled back by ${cause} although nothing was wrong`);
  if (climbs.includes("missed")) return [];
  if (faultOf(options)?.expectNone)
    return rollbacks.map(({ cause }) => `rolled back by ${cause} although v2 was not to blame`);
  const [rollback] = rollbacks;
  if (!rollback || !descended) return ["no rollback was recorded"];
  const { expected: causes, way }: Fault = faults[options.fault];
  const expected: readonly string[] = causes[options.at];
  const { conditionToDown, refusedByRollout, refusedByProgram, notified, reconciled } = descended;
  const checks: readonly [boolean, string][] = [
    [rollbacks.length === 1, `${rollbacks.length} rollbacks instead of one`],
    [
      expected.includes(rollback.cause),
      `the cause is ${rollback.cause}, expected was ${expected.join(" or ")}`,
    ],
    [rollback.toStage === "off", `the rollback went to ${rollback.toStage} instead of off`],
    [conditionToDown !== undefined, "v2 was still served long after the alarm"],
    [(conditionToDown ?? 0) < mostSecondsToDown, `v2 was served for ${conditionToDown} s after the alarm`],
    [descended.rollback.result !== undefined, "the way down did not report"],
    [!way || rollback.way === way, `v2 came down by ${rollback.way}, by ${way} alone it should have`],
    [refusedByRollout, "the next stage was not refused before the acknowledgement"],
    [refusedByProgram, "the program deployed a higher stage past the rollout lock"],
    [notified > 0, "no contact was notified"],
    [reconciled, "the stack could not be brought back to off"],
    [armed, "the acknowledgement did not arm both ways down again"],
    [quiet, "the alarms did not go quiet after the fault was cleared"],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function dataProblems({ ledger, surprises, linesMissing, timeline, options }: Findings): string[] {
  const { asked, verified } = timeline.signedActions;
  const strayMinutes = strayMinutesOf(timeline);
  const unexposed = timeline.exposure.filter(
    ({ stage, attempt, yachts }) =>
      Math.abs(yachts.observed - yachts.planned) > 0.001 && !wasRolledBack(timeline, stage, attempt),
  );
  const checks: readonly [boolean, string][] = [
    [ledger.mismatches === 0, `${ledger.mismatches} stock rows differ from the ledger`],
    [ledger.lost === 0, `${ledger.lost} accepted requests are not in the ledger exactly once`],
    [ledger.unasked === 0, `${ledger.unasked} ledger rows come from no accepted request`],
    [
      surprises.length === 0,
      `${surprises.length} answers were wrong, the first: ${JSON.stringify(surprises[0])}`,
    ],
    [
      strayMinutes.length === 0,
      `v2 served yachts in ${strayMinutes.length} minutes at 0 %, the first: ${strayMinutes[0]?.minute}`,
    ],
    [
      unexposed.length === 0,
      `the exposure was not as planned in ${unexposed.map(({ stage }) => stage).join(", ")}`,
    ],
    [linesMissing === 0 || faultOf(options)?.losesLines === true, `${linesMissing} requests left no metrics`],
    [verified > 0 || options.until === "rollback", "no signed action was verified"],
    [verified === asked, `${asked - verified} of ${asked} signed actions were refused`],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** Minutes at a planned 0 % in which v2 answered, those of a rollback on its way down left out. */
function strayMinutesOf({ minutes, rollbacks }: Findings["timeline"]) {
  const onTheWayDown = (minute: number) =>
    rollbacks.some(({ at, conditionToDown }) => minute >= at && minute <= at + conditionToDown / 60);
  return minutes.filter(
    ({ minute, percentPlanned, v2 }) => percentPlanned === 0 && v2.requests > 0 && !onTheWayDown(minute),
  );
}

/** A rollback ends the exposure of the stage it happens in. */
function wasRolledBack({ stages }: Findings["timeline"], stage: string, attempt: number): boolean {
  return stages.some((run) => run.stage === stage && run.attempt === attempt && run.verdict === "rolledBack");
}
