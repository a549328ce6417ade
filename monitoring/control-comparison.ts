import { type Finding, milliseconds, noData, type Share } from "./finding.ts";
import { lowerBound, upperBound } from "./statistics/binomial.ts";
import type { QuantileEstimate } from "./statistics/quantile.ts";
import { type ComparisonStep, sequentialTest } from "./statistics/sequential.ts";

/** Differences of latency below this many milliseconds are the machine's noise, whatever their ratio. */
export const practicalMilliseconds = 25;

/** The sequential test must find a tripled error rate. Source: domain.md, ramp-50. */
export const sequentialPlan = { ratio: 3, alpha: 0.05, beta: 0.1 } as const;

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

export function judgeSequence(steps: readonly ComparisonStep[]): Finding {
  const total = (key: keyof ComparisonStep) => steps.reduce((sum, step) => sum + step[key], 0);
  const samples = Math.min(total("canaryRequests"), total("controlRequests"));
  if (samples === 0) return noData(0);
  const { decision, logLikelihoodRatio, bounds } = sequentialTest(steps, sequentialPlan);
  const text =
    `${total("canaryErrors")} of ${total("canaryRequests")} against ` +
    `${total("controlErrors")} of ${total("controlRequests")}: ` +
    `log likelihood ratio ${logLikelihoodRatio.toFixed(2)}, above from ${bounds[1].toFixed(2)}`;
  const value = decision === "above" ? 1 : 0;
  return { value, samples, interval: undefined, verdict: value === 1 ? "fail" : "pass", reason: text };
}

export function judgeShareRatio(limit: number, canary: Share, control: Share | undefined): Finding {
  const samples = canary.requests;
  if (canary.events === undefined || samples === 0) return noData(samples);
  if (canary.events === 0) {
    return { value: 0, samples, interval: undefined, verdict: "pass", reason: "none in the canary" };
  }
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
