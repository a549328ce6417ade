/** A rehearsal as it could have been: errors at 50 %, one rollback, a second try to the end. */
import { plan } from "../../../flags/plan.ts";
import { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import type {
  Point,
  StageRun,
  StageVerdict,
  Timeline,
  TimelineEvent,
} from "../../../monitoring/report/timeline.ts";

interface Run {
  readonly stage: string;
  readonly percent: number;
  readonly minutes: number;
  readonly verdict: StageVerdict;
}

const runs: readonly Run[] = [
  { stage: "canary-5", percent: 5, minutes: 60, verdict: "pass" },
  { stage: "ramp-20", percent: 20, minutes: 60, verdict: "pass" },
  { stage: "ramp-50", percent: 50, minutes: 22, verdict: "rolledBack" },
  { stage: "off", percent: 0, minutes: 15, verdict: "inconclusive" },
  { stage: "canary-5", percent: 5, minutes: 60, verdict: "pass" },
  { stage: "ramp-20", percent: 20, minutes: 60, verdict: "pass" },
  { stage: "ramp-50", percent: 50, minutes: 60, verdict: "pass" },
  { stage: "full-100", percent: 100, minutes: 1440, verdict: "pass" },
];

const faultMinute = 139;
const rollbackMinute = 141;

export function sampleTimeline(): Timeline {
  const stages = stageRuns();
  const minutes = stages.flatMap((run, index) =>
    Array.from({ length: run.to - run.from }, (_, offset) =>
      pointAt(run.from + offset, runs[index]!.percent),
    ),
  );
  return {
    title: "Part Lens v2: rehearsal of the rollout",
    seed: "part-lens",
    startedAt: "2026-01-01T00:00:00.000Z",
    minutes,
    events: eventsOf(stages),
    stages: stages.filter(({ stage }) => stage !== "off"),
    rollbacks: [
      {
        cause: "serverErrorsFast",
        alsoFiring: ["serverErrors", "errorRate"],
        toStage: "off",
        at: rollbackMinute,
        causeToCondition: 45,
        conditionToDown: 29,
        milliseconds: 182,
      },
    ],
    exposure: runs
      .filter(({ stage }) => stage !== "off")
      .map(({ stage, percent }, index) => ({
        stage,
        attempt: index < 3 ? 1 : 2,
        yachts: { planned: percent, observed: percent },
        requests: { planned: percent, observed: percent - (percent === 50 && index < 3 ? 2.4 : 0) },
      })),
    signedActions: { asked: 12, verified: 9, refused: 0 },
    notSimulated: ["aws:ec2/vpc:Vpc network", "aws:cloudwatch/dashboard:Dashboard part-lens"],
    wallSeconds: 71.4,
    requests: 33_482,
    outcome: { ok: true, text: "Ended at 100 % after one rollback, as the plan says it must." },
  };
}

function stageRuns(): StageRun[] {
  let from = 0;
  return runs.map(({ stage, minutes, verdict }, index) => {
    const run = {
      stage,
      attempt: index < 4 ? 1 : 2,
      verdict,
      from,
      to: from + minutes,
      criteria: criteriaOf(stage, verdict),
    };
    from += minutes;
    return stage === "full-100" ? { ...run, attempt: 1 } : run;
  });
}

function criteriaOf(stage: string, verdict: StageVerdict): StageRun["criteria"] {
  if (verdict !== "pass") return [];
  const criteria = plan.find((entry) => entry.stage === stage)?.criteria ?? [];
  return criteria.map(({ measure, limit, comparison }) => ({
    measure,
    limit,
    comparison,
    value: measure === "p95" ? 18.42 : measure === "p99" ? 31 : measure === "p95Ratio" ? 1.04 : 0,
    samples: stage === "full-100" ? 7200 : 360,
    interval: measure === "errorRate" ? [0, 0.0083] : measure === "p95" ? [16.1, 21.9] : undefined,
    verdict: "pass" as const,
    reason: "within the limit, with enough samples",
  }));
}

function pointAt(minute: number, percent: number): Point {
  const chance = new Seeded("timeline", minute);
  const broken = minute >= faultMinute && minute < rollbackMinute;
  const total = percent === 100 ? 5 : percent === 5 ? 120 : 60;
  const v2 = Math.round((total * percent) / 100);
  const quantiles = (requests: number) => {
    const p95 = 12 + 10 * chance.next();
    return requests === 0 ? { p95: null, p99: null } : { p95, p99: p95 * (1.2 + chance.next()) };
  };
  return {
    minute,
    percentPlanned: percent,
    percentObserved: percent,
    v1: { requests: total - v2, errors: 0, ...quantiles(total - v2), slow: 0 },
    v2: { requests: v2, errors: broken ? v2 : 0, ...quantiles(v2), slow: 0 },
    alarms: alarmsAt(minute),
  };
}

function alarmsAt(minute: number): string[] {
  return [
    ...(minute >= 140 && minute < 143 ? ["serverErrorsFast"] : []),
    ...(minute >= 141 && minute < 147 ? ["serverErrors", "errorRate"] : []),
    ...(minute >= 1000 && minute < 1002 ? ["unsignedAttempt"] : []),
  ];
}

function eventsOf(stages: readonly StageRun[]): TimelineEvent[] {
  const moves = stages.flatMap(({ stage, from, to, verdict }): TimelineEvent[] => [
    ...(stage === "off"
      ? []
      : [{ minute: from, kind: "stage" as const, text: `${stage} begins`, actor: "rehearsal" }]),
    ...(verdict === "pass"
      ? [{ minute: to, kind: "verdict" as const, text: `${stage}: pass`, actor: "judge" }]
      : []),
  ]);
  const failure: TimelineEvent[] = [
    { minute: faultMinute, kind: "fault", text: "v2 starts to answer 500" },
    { minute: 140, kind: "alarm", text: "serverErrorsFast: OK → ALARM" },
    {
      minute: rollbackMinute,
      kind: "rollback",
      text: "ramp-50 → off, cause serverErrorsFast",
      actor: "rollback function",
    },
    { minute: 150, kind: "cleared", text: "the fault is cleared" },
    { minute: 156, kind: "acknowledged", text: "“fixed in the second build”", actor: "engineer on duty" },
  ];
  return [...moves, ...failure].toSorted((left, right) => left.minute - right.minute);
}
