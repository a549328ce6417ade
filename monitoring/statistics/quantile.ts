import { binomialAtLeast, binomialAtMost } from "./binomial.ts";

export interface QuantileEstimate {
  /** The empirical quantile: the smallest sample that at least that share of the samples does not exceed. */
  readonly value: number;
  /** One-sided lower bound; -Infinity when there are too few samples to give one. */
  readonly lower: number;
  /** One-sided upper bound; Infinity when there are too few samples: below 59 for P95, 299 for P99 at 95 %. */
  readonly upper: number;
  readonly samples: number;
}

/** Of a quantile among so many samples: its own rank, and those of its bounds. */
export interface QuantileRanks {
  readonly rank: number;
  /** 0: too few samples for a lower bound. */
  readonly lowest: number;
  /** Above `samples`: too few for an upper one. */
  readonly highest: number;
}

/**
 * The ranks, 1…samples, of the order statistics that are the quantile and its one-sided bounds: how many samples lie
 * below the true quantile is binomial whatever the latencies' distribution.
 */
export function quantileRanks(samples: number, share: number, confidence = 0.95): QuantileRanks {
  const lowest = largestRank(samples, (r) => binomialAtLeast(r, samples, share) >= confidence);
  const highest =
    samples + 1 - largestRank(samples, (r) => binomialAtMost(samples - r, samples, share) >= confidence);
  return { rank: Math.max(1, Math.ceil(share * samples)), lowest, highest };
}

/** A quantile with its distribution-free bounds, each holding with that confidence. Undefined without samples. */
export function quantileOf(
  values: readonly number[],
  share: number,
  confidence = 0.95,
): QuantileEstimate | undefined {
  const samples = values.length;
  if (samples === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const { rank, lowest, highest } = quantileRanks(samples, share, confidence);
  return {
    value: sorted[rank - 1]!,
    lower: lowest === 0 ? Number.NEGATIVE_INFINITY : sorted[lowest - 1]!,
    upper: highest > samples ? Number.POSITIVE_INFINITY : sorted[highest - 1]!,
    samples,
  };
}

/** The largest rank 1…samples that holds, where holding stops at some rank; 0 if none does. */
function largestRank(samples: number, holds: (rank: number) => boolean): number {
  let low = 0;
  let high = samples;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
