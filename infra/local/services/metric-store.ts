import { emfPoints } from "./emf-line.ts";
import { MetricSeries } from "./metric-series.ts";
import { percentile, percentileOf, trimmedCountOf } from "./statistic.ts";

/** A metric is its namespace, name and exact dimensions: CloudWatch never aggregates over dimensions. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
}

export interface Datapoint extends MetricName {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly unit?: string | undefined;
}

/** CloudWatch's metrics in memory. Windows are [from, to) in milliseconds; nothing is aggregated or forgotten. */
export class MetricStore {
  readonly #series = new Map<string, MetricSeries>();
  #losing = false;

  put(point: Datapoint): void {
    this.#own(point).add(point.timestamp, point.value);
  }

  /**
   * Takes a line of the embedded metric format; `timestamp` replaces the line's own. Returns the number of
   * datapoints, 0 for any other line: a function's whole output may be given.
   */
  putLine(line: string | object, timestamp?: number): number {
    if (this.#losing) return 0;
    let count = 0;
    for (const point of emfPoints(line)) {
      const series = this.#own(point);
      for (const value of point.values) series.add(timestamp ?? point.timestamp, value);
      count += point.values.length;
    }
    return count;
  }

  /** Whatever was counted in that namespace is gone: for whoever begins anew on services that go on. */
  forget(namespace: string): void {
    for (const key of this.#series.keys()) if (key.startsWith(`${namespace}\u0000`)) this.#series.delete(key);
  }

  /** From now on lines are lost, or no longer: what AWS's services count themselves still comes in. */
  loseLines(losing: boolean): void {
    this.#losing = losing;
  }

  /**
   * Sum, SampleCount, Average, Minimum, Maximum, a percentile such as p95 or a trimmed count
   * such as TC(100:200); undefined where there is no data.
   * Throws a RangeError for another statistic.
   */
  statistic(metric: MetricName, statistic: string, from: number, to: number): number | undefined {
    const series = this.#series.get(keyOf(metric));
    const count = series?.count(from, to) ?? 0;
    if (!series || count === 0) return undefined;
    if (statistic === "Sum") return series.sum(from, to);
    if (statistic === "SampleCount") return count;
    if (statistic === "Average") return series.sum(from, to) / count;
    return ofValues(series.values(from, to), statistic);
  }

  sampleCount(metric: MetricName, from: number, to: number): number {
    return this.#series.get(keyOf(metric))?.count(from, to) ?? 0;
  }

  values(metric: MetricName, from: number, to: number): readonly number[] {
    return this.#series.get(keyOf(metric))?.values(from, to) ?? [];
  }

  #own(metric: MetricName): MetricSeries {
    const key = keyOf(metric);
    const known = this.#series.get(key);
    if (known) return known;
    const made = new MetricSeries();
    this.#series.set(key, made);
    return made;
  }
}

function ofValues(values: readonly number[], statistic: string): number | undefined {
  const bounds = trimmedCountOf(statistic);
  if (bounds) return values.filter((value) => value > bounds[0] && value <= bounds[1]).length;
  const share = percentileOf(statistic);
  if (share !== undefined) return percentile(values, share);
  if (statistic === "Minimum") return values.reduce((least, value) => Math.min(least, value));
  if (statistic === "Maximum") return values.reduce((most, value) => Math.max(most, value));
  throw new RangeError(`the statistic "${statistic}" is not simulated`);
}

function keyOf({ namespace, name, dimensions = {} }: MetricName): string {
  const pairs = Object.keys(dimensions)
    .sort()
    .map((key) => `${key}=${dimensions[key]}`);
  return [namespace, name, ...pairs].join("\u0000");
}
