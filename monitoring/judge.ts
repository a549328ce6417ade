import { type Criterion, declaration, type Measure, type StageName, stageOf } from "../flags/plan.ts";
import {
  countStatement,
  type DatabaseChecks,
  type DatabaseFindings,
  type DatabaseMeasure,
  databaseMeasures,
} from "./database-checks.ts";
import type { MetricReader } from "./metric-reader.ts";
import type { VerdictWord } from "./rollout/event.ts";
import { type Evidence, judgeCriterion, type Verdict } from "./verdict.ts";
import { type ControlRecord, type Seen, WindowReading } from "./window-reading.ts";

export interface JudgeInputs {
  readonly metrics: MetricReader;
  readonly database: DatabaseChecks;
  /** The bake, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Another bake than the plan's: a trial on one machine, and no proof. */
  readonly bakeMinutes?: number | undefined;
  /** ramp-50's control, for full-100. */
  readonly control?: ControlRecord;
}

export interface StageVerdict {
  readonly stage: StageName;
  readonly verdict: VerdictWord;
  readonly criteria: readonly Verdict[];
  /** The control of this window, to be kept for the stages after. */
  readonly control: ControlRecord;
}

/** As long as the alarm `silence` looks back. */
const mostSilentMinutes = 15;

/**
 * Judges a stage, or the declaration, by every criterion of the plan. Fails if one fails that rolls back; otherwise it
 * is inconclusive if one is not passed that is more than observed, if the bake is not over, or if v2 was silent in it:
 * time and samples. Throws a RangeError for an unknown stage, and what the database checks throw.
 */
export async function judge(stage: string, inputs: JudgeInputs): Promise<StageVerdict> {
  const { stage: name, criteria, bakeMinutes } = stage === declaration.name ? declared : stageOf(stage);
  return { stage: name, ...(await judgeCriteria(criteria, { bakeMinutes, ...given(inputs) })) };
}

const declared = { ...declaration, bakeMinutes: declaration.days * 24 * 60 };

async function judgeCriteria(
  planned: readonly Criterion[],
  inputs: JudgeInputs & { readonly bakeMinutes: number },
): Promise<Omit<StageVerdict, "stage">> {
  const reading = new WindowReading(inputs.metrics, inputs.from, inputs.to, inputs.control);
  const needsDatabase = planned.some(({ measure }) => isDatabaseMeasure(measure));
  const findings = needsDatabase ? await inputs.database.findings() : undefined;
  const baked = inputs.to - inputs.from >= inputs.bakeMinutes * 60_000;
  const open = baked ? silence(reading) : "the bake is not over";
  const criteria = planned.map((criterion) =>
    unproven(judgeCriterion(criterion, evidenceOf(criterion, reading, findings)), open),
  );
  return { verdict: overall(criteria), criteria, control: reading.control() };
}

/** Without a bake of its own the stage's counts. */
function given({ bakeMinutes, ...inputs }: JudgeInputs) {
  return { ...inputs, ...(bakeMinutes !== undefined && { bakeMinutes }) };
}

/** One verdict over all criteria; a stage without criteria passes. */
export function overall(criteria: readonly Pick<Verdict, "verdict" | "onFail">[]): VerdictWord {
  if (criteria.some(({ verdict, onFail }) => verdict === "fail" && onFail === "rollback")) return "fail";
  const open = criteria.some(({ verdict, onFail }) => verdict !== "pass" && onFail !== "observe");
  return open ? "inconclusive" : "pass";
}

/** While something is open nothing passes; what failed has failed. */
function unproven(verdict: Verdict, open: string | undefined): Verdict {
  if (open === undefined || verdict.verdict !== "pass") return verdict;
  return { ...verdict, verdict: "inconclusive", reason: `${verdict.reason}, but ${open}` };
}

/** The samples of the first minutes say nothing of those in which nothing was counted, as many as they may be. */
function silence(reading: WindowReading): string | undefined {
  const minutes = reading.longestSilence();
  return minutes >= mostSilentMinutes ? `nothing was counted for ${minutes} minutes` : undefined;
}

function evidenceOf(
  { measure }: Criterion,
  reading: WindowReading,
  findings: DatabaseFindings | undefined,
): Evidence {
  const { window } = reading;
  if (!isDatabaseMeasure(measure)) return { ...metricEvidence[measure](reading), window };
  const found = findings?.[measure];
  const observation = { kind: "count", count: found?.count, samples: found?.examined ?? 0 } as const;
  return { observation, query: countStatement(measure), window };
}

function isDatabaseMeasure(measure: Measure): measure is DatabaseMeasure {
  return measure in databaseMeasures;
}

type MetricMeasure = Exclude<Measure, DatabaseMeasure>;

/** How each measure is read from the metrics. An error is a 5xx or a timeout. Source: domain.md. */
const metricEvidence = {
  serverErrors: (reading) => reading.count(["serverErrors"]),
  integrityBreaks: (reading) => reading.checks("integrityBreaks"),
  worstDrift: (reading) => reading.worstDrift(),
  rlsViolations: (reading) => reading.count(["rlsLeak", "rlsRefused"]),
  unsignedExecutions: (reading) => reading.count(["unsignedExecutions"]),
  errorRate: (reading) => reading.share(["serverErrors", "timeouts"]),
  timeoutRate: (reading) => reading.share(["timeouts"]),
  p95: (reading) => reading.quantile(0.95),
  p99: (reading) => reading.quantile(0.99),
  p95Ratio: (reading) => reading.quantileRatio(0.95),
  errorsAboveControl: (reading) => reading.sequence(["serverErrors", "timeouts"]),
  unavailableAboveControl: (reading) => reading.sequence(["unavailable"]),
  timeoutRatio: (reading) => reading.recordedRatio(),
} as const satisfies Record<MetricMeasure, (reading: WindowReading) => Seen>;
