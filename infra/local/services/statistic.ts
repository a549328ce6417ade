/** CloudWatch's statistics over the values of one window. */

/** The share of a percentile statistic ("p95" gives 0.95), or undefined for a plain statistic. */
export function percentileOf(statistic: string): number | undefined {
  const match = /^p(\d{1,2}(?:\.\d+)?|100)$/.exec(statistic);
  return match ? Number(match[1]) / 100 : undefined;
}

/** The bounds of a trimmed count ("TC(100:200)" counts above 100, up to and with 200); undefined for another statistic. */
export function trimmedCountOf(statistic: string): readonly [above: number, upTo: number] | undefined {
  const match = /^TC\((\d*\.?\d*):(\d*\.?\d*)\)$/.exec(statistic);
  if (!match) return undefined;
  const [, above, upTo] = match;
  return [above ? Number(above) : Number.NEGATIVE_INFINITY, upTo ? Number(upTo) : Number.POSITIVE_INFINITY];
}

/** The nearest-rank percentile of values in any order; undefined when there are none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)];
}

/**
 * Below this many samples CloudWatch calls a percentile statistically weak: 10/(1-p) for the upper half,
 * 10/p for the lower. Source: CloudWatch user guide, "Percentile-based alarms and low data samples".
 */
export function leastSamples(share: number): number {
  return Math.ceil(10 / (share >= 0.5 ? 1 - share : share) - 1e-9);
}
