/** What did not end as the plan says it must. */
import { countText, nounOf } from "../../../monitoring/count-text.ts";
import type { StageRun } from "../../../monitoring/report/timeline.ts";
import { type Expectation, textOf } from "../faults/script.ts";
import type { Climb } from "./ascent.ts";
import type { Findings } from "./summary.ts";

/** A rollback must reach the last yacht within this time. Source: domain.md, "Two times". */
const mostSecondsToDown = 60;

type Checks = readonly (readonly [holds: boolean, problem: string])[];

/** A sentence each; empty when all did. */
export function problemsOf(findings: Findings): string[] {
  return [
    ...climbProblems(findings),
    ...findings.unproven,
    ...rollbackProblems(findings),
    ...productionProblems(findings),
    ...dataProblems(findings),
  ];
}

/** What the way to production-ready has to prove. A climb that did not get there is told of by itself. */
function productionProblems({ options, climbs, week, evidence }: Findings): string[] {
  if (options.until !== "production-ready" || climbs.at(-1) !== "completed") return [];
  if (!week || !evidence) return ["the days after 100 % did not pass, or left no evidence"];
  const { failed: cases, problems, sha256, notReleased } = evidence;
  const others = notReleased.filter((text) => !/rehearsal|evidence of local/.test(text));
  const idle = Object.entries(week.jobs).filter(([, runs]) => runs === 0);
  return failed([
    [
      idle.length === 0,
      `in ${week.days} days these jobs did not run: ${idle.map(([job]) => job).join(", ")}`,
    ],
    [week.refusedEarly !== undefined, `it was declared production-ready before ${week.days} days had passed`],
    [week.refused === undefined, `it was not declared production-ready: ${week.refused}`],
    [cases.length === 0, `${countText(cases.length, "acceptance case")} failed, the first: ${cases[0]}`],
    [notReleased.length > 0, "the evidence of a rehearsal was released"],
    [others.length === 0, `the evidence is not ready for a release: ${others.join("; ")}`],
    [problems.length === 0 && sha256 !== undefined, `the evidence bundle does not verify: ${problems[0]}`],
  ]);
}

function expectationOf({ options }: Findings): Expectation | undefined {
  return options.script?.expected[options.at];
}

function climbProblems(findings: Findings): string[] {
  const { options, climbs, timeline } = findings;
  const last = climbs.at(-1);
  const expected = expectationOf(findings);
  if (last === "missed") return [`the fault ${options.fault} was missed: nothing rolled back`];
  if (expected && "verdict" in expected) return verdictProblems(findings, expected, last);
  if (options.until === "rollback")
    return last === "rolledBack" ? [] : [`there was no rollback: the climb ${last}`];
  if (last === "completed") return [];
  const stage = timeline.stages.at(-1);
  return [`the rollout did not reach ${options.until}: it ended in ${stage?.stage} with ${stage?.verdict}`];
}

function verdictProblems(
  { timeline, steppedDown }: Findings,
  expected: Extract<Expectation, { verdict: unknown }>,
  last: Climb | undefined,
): string[] {
  const stage = timeline.stages.at(-1);
  // What rolled back is told of with the rollbacks.
  if (last === "rolledBack") return [];
  if (last !== "withstood" && last !== "steppedDown")
    return [`the climb ${last}; expected was: ${textOf(expected)}`];
  const open =
    stage?.criteria.filter(({ verdict }) => verdict !== "pass").map(({ measure }) => measure) ?? [];
  const checks: Checks = [
    [
      stage?.verdict === expected.verdict,
      `${stage?.stage} ended with ${stage?.verdict}, expected was ${expected.verdict}`,
    ],
    [
      expected.measure === undefined || open.includes(expected.measure),
      `${expected.measure} passed; what did not: ${open.join(", ") || "nothing"}`,
    ],
    ...(steppedDown ? stepDownChecks(steppedDown) : []),
  ];
  return failed(checks);
}

function stepDownChecks({
  to,
  locked,
  exposed,
  refused,
  record,
}: NonNullable<Findings["steppedDown"]>): Checks {
  const lacks = record?.lacks ?? ["the log holds none"];
  return [
    [lacks.length === 0, `the record of the rollback is not whole: ${lacks.join("; ")}`],
    [locked, `the log does not stand at ${to} with the rollout lock`],
    [exposed, `the exposure did not become that of ${to}`],
    [refused, "the stage that failed was raised again before an acknowledgement"],
  ];
}

function rollbackProblems(findings: Findings): string[] {
  const { options, timeline, descended, quiet, armed, climbs } = findings;
  const { rollbacks } = timeline;
  const expected = expectationOf(findings);
  if (!expected || "verdict" in expected) {
    const why = expected ? `expected was: ${textOf(expected)}` : "nothing was wrong";
    const recovery: Checks = [
      [armed, "the acknowledgement did not arm both ways down again"],
      [quiet, "the alarms did not go quiet after the fault was cleared"],
    ];
    return [...rollbacks.map(({ cause }) => `rolled back by ${cause} although ${why}`), ...failed(recovery)];
  }
  if (climbs.includes("missed")) return [];
  const [rollback] = rollbacks;
  if (!rollback || !descended) return ["no rollback was recorded"];
  const way = options.script?.way;
  const causes: readonly string[] = expected.rollback;
  const { causeToCondition } = rollback;
  const { conditionToDown, refusedByRollout, refusedByProgram, notified, reconciled, record } = descended;
  return failed([
    [rollbacks.length === 1, `${rollbacks.length} rollbacks instead of one`],
    [causes.includes(rollback.cause), `the cause is ${rollback.cause}, expected was ${causes.join(" or ")}`],
    [
      causeToCondition <= expected.withinSeconds,
      `the condition came ${causeToCondition} s after the cause, at most ${expected.withinSeconds} s were expected`,
    ],
    [rollback.toStage === "off", `the rollback went to ${rollback.toStage} instead of off`],
    [conditionToDown !== undefined, "v2 was still served long after the alarm"],
    [(conditionToDown ?? 0) < mostSecondsToDown, `v2 was served for ${conditionToDown} s after the alarm`],
    [descended.rollback.result !== undefined, "the way down did not report"],
    [!way || rollback.way === way, `v2 came down by ${rollback.way}, by ${way} alone it should have`],
    [refusedByRollout, "the next stage was not refused before the acknowledgement"],
    [refusedByProgram, "the program deployed a higher stage past the rollout lock"],
    [notified > 0, "no contact was notified"],
    [record.lacks.length === 0, `the record of the rollback is not whole: ${record.lacks.join("; ")}`],
    [reconciled, "the stack could not be brought back to off"],
    [armed, "the acknowledgement did not arm both ways down again"],
    [quiet, "the alarms did not go quiet after the fault was cleared"],
  ]);
}

function dataProblems(findings: Findings): string[] {
  const { ledger, surprises, linesMissing, timeline, options, firstRefusal } = findings;
  const { asked, verified } = timeline.signedActions;
  const refused = asked - verified;
  const strayMinutes = strayMinutesOf(timeline);
  const unexposed = timeline.exposure.filter(
    ({ stage, attempt, yachts }) =>
      Math.abs(yachts.observed - yachts.planned) > 0.001 && !wasRolledBack(timeline, stage, attempt),
  );
  return failed([
    [
      surprises.length === 0,
      `${countText(surprises.length, "answer was", "answers were")} wrong, the first: ${JSON.stringify(surprises[0])}`,
    ],
    [
      strayMinutes.length === 0,
      `v2 served yachts in ${countText(strayMinutes.length, "minute")} at 0 %, the first: ${strayMinutes[0]?.minute}`,
    ],
    [
      unexposed.length === 0 || options.script?.hidesExposure === true,
      `the exposure was not as planned in ${unexposed.map(({ stage }) => stage).join(", ")}`,
    ],
    [
      linesMissing === 0 || options.script?.losesLines === true,
      `${countText(linesMissing, "request")} left no metrics`,
    ],
    [verified > 0 || options.until === "rollback", "no signed action was verified"],
    [
      verified === asked,
      `${refused} of ${countText(asked, "signed action")} ${nounOf(refused, "was", "were")} refused, the first with ${firstRefusal}`,
    ],
    ...(ledger ? ledgerChecks(ledger) : []),
  ]);
}

function ledgerChecks({ mismatches, lost, unasked }: NonNullable<Findings["ledger"]>): Checks {
  return [
    [mismatches === 0, `${mismatches} stock rows differ from the ledger`],
    [lost === 0, `${lost} accepted requests are not in the ledger exactly once`],
    [unasked === 0, `${unasked} ledger rows come from no accepted request`],
  ];
}

function failed(checks: Checks): string[] {
  return checks.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/** Minutes at a planned 0 % in which v2 answered, those of a rollback on its way down left out. */
function strayMinutesOf({ minutes, rollbacks }: Findings["timeline"]) {
  // The condition came some time in its minute: the way down may reach into the next.
  const onTheWayDown = (minute: number) =>
    rollbacks.some(({ at, conditionToDown }) => minute >= at && minute < at + 1 + conditionToDown / 60);
  return minutes.filter(
    ({ minute, percentPlanned, v2 }) => percentPlanned === 0 && v2.requests > 0 && !onTheWayDown(minute),
  );
}

/** A rollback ends the exposure of the stage it happens in. */
function wasRolledBack({ stages }: Findings["timeline"], stage: string, attempt: number): boolean {
  return stages.some(
    (run: StageRun) => run.stage === stage && run.attempt === attempt && run.verdict === "rolledBack",
  );
}
