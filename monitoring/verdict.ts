import type { Criterion } from "../flags/plan.ts";
import { judgeQuantileRatio, judgeSequence, judgeShareRatio } from "./control-comparison.ts";
import { countText } from "./count-text.ts";
import { type Finding, milliseconds, noData, type Share } from "./finding.ts";
import { missingProof } from "./missing-proof.ts";
import { lowerBound, upperBound } from "./statistics/binomial.ts";
import type { QuantileEstimate } from "./statistics/quantile.ts";
import type { ComparisonStep } from "./statistics/sequential.ts";

export interface Window {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** What was seen for a criterion. */
export type Observation =
  | { readonly kind: "count"; readonly count: number | undefined; readonly samples: number }
  | ({ readonly kind: "share" } & Share)
  | { readonly kind: "quantile"; readonly estimate: QuantileEstimate | undefined }
  | {
      readonly kind: "quantileRatio";
      readonly canary: QuantileEstimate | undefined;
      readonly control: QuantileEstimate | undefined;
    }
  | { readonly kind: "sequence"; readonly steps: readonly ComparisonStep[] }
  | { readonly kind: "shareRatio"; readonly canary: Share; readonly control: Share | undefined };

export interface Evidence {
  readonly observation: Observation;
  /** What was asked of the metrics or the database, for a reader who wants to ask again. */
  readonly query: string;
  readonly window: Window;
}

export interface Verdict extends Criterion, Finding {
  readonly query: string;
  readonly window: Window;
}

/**
 * Judges one criterion. An absolute limit passes only when the samples prove it (its 95 % bound keeps the limit)
 * and fails only when they prove the opposite; in between it is inconclusive, and so is everything without data.
 * A comparison with the control looks for an anomaly on top of the absolute limits: it fails when the canary is
 * proven worse, and passes otherwise, if both sides have data enough that it could have been seen. The sequential one
 * is inconclusive while the canary looks worse and is not proven to be.
 */
export function judgeCriterion(criterion: Criterion, { observation, query, window }: Evidence): Verdict {
  const minutes = (window.to - window.from) / 60_000;
  return { ...criterion, ...findingOf(criterion, observation, minutes), query, window };
}

function findingOf(criterion: Criterion, observation: Observation, minutes: number): Finding {
  switch (observation.kind) {
    case "count":
      return judgeCount(criterion, observation.count, observation.samples);
    case "share":
      return judgeShare(criterion, observation, minutes);
    case "quantile":
      return judgeQuantile(criterion, observation.estimate);
    case "quantileRatio":
      return judgeQuantileRatio(criterion.limit, observation.canary, observation.control);
    case "sequence":
      return judgeSequence(criterion, observation.steps);
    case "shareRatio":
      return judgeShareRatio(criterion.limit, observation.canary, observation.control);
  }
}

function judgeCount(criterion: Criterion, count: number | undefined, samples: number): Finding {
  if (count === undefined || samples === 0) return noData(samples);
  const verdict = keeps(criterion, count) ? "pass" : "fail";
  return { value: count, samples, interval: undefined, verdict, reason: `${count} in ${samples} examined` };
}

/**
 * The exact binomial test at 5 %, either way, by its bounds: 0 events in 299 prove a share below 1 %, 598 below 0.5 %. It
 * is exact at any count; where the count is too small for either side it says how much is missing.
 */
function judgeShare(criterion: Criterion, { events, requests }: Share, minutes: number): Finding {
  if (events === undefined || requests === 0) return noData(requests);
  const interval = [lowerBound(events, requests), upperBound(events, requests)] as const;
  const { verdict, reason } = byBounds(criterion, interval, `${events} of ${requests}`);
  const found = { value: events / requests, samples: requests, interval, verdict, reason };
  if (verdict !== "inconclusive") return found;
  const missing = missingProof(criterion, { events, requests }, minutes);
  return { ...found, reason: `${reason}; ${missing.text}`, missing };
}

function judgeQuantile(criterion: Criterion, estimate: QuantileEstimate | undefined): Finding {
  if (!estimate) return noData(0);
  const { value, samples } = estimate;
  const interval = [Math.max(0, estimate.lower), estimate.upper] as const;
  const judged = byBounds(criterion, interval, `${milliseconds(value)} in ${countText(samples, "sample")}`);
  return { value, samples, interval: Number.isFinite(interval[1]) ? interval : undefined, ...judged };
}

function byBounds(
  criterion: Criterion,
  [lower, upper]: readonly [number, number],
  seen: string,
): Pick<Finding, "verdict" | "reason"> {
  if (keeps(criterion, upper)) return { verdict: "pass", reason: `${seen}: proven within the limit` };
  if (!keeps(criterion, lower)) return { verdict: "fail", reason: `${seen}: proven beyond the limit` };
  return { verdict: "inconclusive", reason: `${seen}: too few samples to tell` };
}

function keeps({ comparison, limit }: Criterion, value: number): boolean {
  return comparison === "below" ? value < limit : value <= limit;
}
