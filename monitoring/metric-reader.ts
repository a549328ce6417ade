import type { MetricKey, Version } from "./metrics.ts";

/**
 * What the judge reads: CloudWatch in AWS, the metric store in a rehearsal. Times are milliseconds since the
 * epoch; a window is closed at `from` and open at `to`.
 */
export interface MetricReader {
  /** The sum over the window; undefined where no datapoint exists: no data is not zero. */
  sum(key: MetricKey, version: Version | "any", from: number, to: number): number | undefined;
  /** Every latency in the window, milliseconds, in any order: quantiles cannot be averaged. */
  latencies(version: Version, from: number, to: number): readonly number[];
}
