import type { CounterKey, Version } from "./metrics.ts";
import type { QuantileEstimate } from "./statistics/quantile.ts";

/**
 * What the judge reads: CloudWatch in AWS, the metric store in a rehearsal. Times are milliseconds since the
 * epoch; a window is closed at `from` and open at `to`.
 */
export interface MetricReader {
  /** The sum over the window; undefined where no datapoint exists: no data is not zero. */
  sum(key: CounterKey, version: Version | "any", from: number, to: number): number | undefined;
  /** The largest drift that reconciliation published in the window, in percent; undefined where it published none. */
  worstDrift(from: number, to: number): number | undefined;
  /**
   * A quantile of the latencies in the window, milliseconds, of all values or of a histogram of them: quantiles cannot
   * be averaged. Undefined without a value.
   */
  quantile(version: Version, share: number, from: number, to: number): QuantileEstimate | undefined;
}
