import {
  type Criterion,
  falseRollbackShare,
  type Measure,
  plan,
  sequentialComparisons,
} from "../flags/plan.ts";
import { type Finding, milliseconds, noData, type Share } from "./finding.ts";
import { lowerBound, upperBound } from "./statistics/binomial.ts";
import type { QuantileEstimate } from "./statistics/quantile.ts";
import {
  type ComparisonStep,
  type SequentialPlan,
  type SequentialResult,
  sequentialTest,
} from "./statistics/sequential.ts";

/** Differences of latency below this many milliseconds are the machine's noise, whatever their ratio. */
export const practicalMilliseconds = 25;

/** How often a healthy stage may hold because v2 looks worse; it holds no longer than it looks so. */
const falseSuspicions = 0.05;

/**
 * The test of a sequential comparison: each has an equal part of the share of healthy rollouts that all of them, in every
 * stage of the plan, may take down. Throws a RangeError for any other measure.
 */
export function sequentialPlanOf(measure: Measure): SequentialPlan {
  const tests: Partial<Record<Measure, { tolerated: number; ratio: number }>> = sequentialComparisons;
  const ratios = tests[measure];
  if (!ratios) throw new RangeError(`${measure} is no sequential comparison`);
  const criteria = plan.flatMap((stage): readonly Criterion[] => stage.criteria);
  const comparisons = criteria.filter((one) => one.measure in tests).length;
  return { ...ratios, falseAlarms: falseRollbackShare / comparisons, falseSuspicions };
}

/** Worse only when the intervals are apart by more than the limit and the difference is one that matters. */
export function judgeQuantileRatio(
  limit: number,
  canary: QuantileEstimate | undefined,
  control: QuantileEstimate | undefined,
): Finding {
  const samples = Math.min(canary?.samples ?? 0, control?.samples ?? 0);
  if (!canary || !control) return noData(samples);
  const value = canary.value / control.value;
  if (!Number.isFinite(canary.upper) || !Number.isFinite(control.upper)) {
    return {
      value,
      samples,
      interval: undefined,
      verdict: "inconclusive",
      reason: "too few samples for an interval",
    };
  }
  const interval = [canary.lower / control.upper, canary.upper / control.lower] as const;
  const difference = canary.value - control.value;
  const proven = interval[0] > limit && difference >= practicalMilliseconds;
  const text = `${milliseconds(canary.value)} against ${milliseconds(control.value)}`;
  const why =
    value <= limit
      ? "within the limit"
      : difference < practicalMilliseconds
        ? `less than ${practicalMilliseconds} ms apart`
        : "not proven above";
  return {
    value,
    samples,
    interval,
    verdict: proven ? "fail" : "pass",
    reason: `${text}: ${proven ? "proven above" : why}`,
  };
}

/**
 * Fails on a proof alone, of a difference that matters; where it only looks like one it holds, because the proof comes with
 * more requests, or does not.
 */
export function judgeSequence({ measure, limit }: Criterion, steps: readonly ComparisonStep[]): Finding {
  const total = (key: keyof ComparisonStep) => steps.reduce((sum, step) => sum + step[key], 0);
  const canary = { errors: total("canaryErrors"), requests: total("canaryRequests") };
  const control = { errors: total("controlErrors"), requests: total("controlRequests") };
  if (canary.requests > 0 && canary.errors === 0) return noneInCanary(canary.requests);
  const samples = Math.min(canary.requests, control.requests);
  if (samples === 0) return noData(0);
  const { decision, logLikelihoodRatio, bounds } = sequentialTest(steps, sequentialPlanOf(measure));
  const value = canary.errors / canary.requests - control.errors / control.requests;
  const { verdict, text } = sequenceWords[value > limit ? decision : "notAbove"];
  const [suspect, above] = bounds.map((bound) => bound.toFixed(2));
  const reason =
    `${canary.errors} of ${canary.requests} against ${control.errors} of ${control.requests}: ${text} ` +
    `(log likelihood ratio ${logLikelihoodRatio.toFixed(2)}, suspect from ${suspect}, proven from ${above})`;
  return { value, samples, interval: undefined, verdict, reason };
}

/** What did not happen at all is above nothing, whatever is known of the control. */
function noneInCanary(samples: number): Finding {
  return { value: 0, samples, interval: undefined, verdict: "pass", reason: "none in the canary" };
}

const sequenceWords = {
  above: { verdict: "fail", text: "proven above" },
  suspect: { verdict: "inconclusive", text: "looks above, more errors have to tell" },
  notAbove: { verdict: "pass", text: "not proven above" },
} as const satisfies Record<SequentialResult["decision"], Pick<Finding, "verdict"> & { text: string }>;

export function judgeShareRatio(limit: number, canary: Share, control: Share | undefined): Finding {
  const samples = canary.requests;
  if (canary.events === undefined || samples === 0) return noData(samples);
  if (canary.events === 0) return noneInCanary(samples);
  if (control?.events === undefined || control.requests === 0) {
    return {
      value: undefined,
      samples,
      interval: undefined,
      verdict: "inconclusive",
      reason: "the control was not recorded",
    };
  }
  const both = canary.events + control.events;
  // Of all events the canary's part is binomial, with a chance that the ratio of rates and the traffic's split fix.
  const ratio = (part: number) => (part / (1 - part)) * (control.requests / samples);
  const lower = ratio(lowerBound(canary.events, both));
  const upper = ratio(upperBound(canary.events, both));
  const interval = Number.isFinite(upper) ? ([lower, upper] as const) : undefined;
  const point = ratio(canary.events / both);
  const value = Number.isFinite(point) ? point : undefined;
  const text = `${canary.events} of ${samples} against ${control.events} of ${control.requests}`;
  const proven = lower > limit;
  return {
    value,
    samples,
    interval,
    verdict: proven ? "fail" : "pass",
    reason: `${text}: ${proven ? "proven" : "not proven"} above`,
  };
}
