import type { LatencyDay } from "../../trends/latency-days.ts";

/** An action's latency over the week, all tenants together. */
export interface Trend {
  readonly action: string;
  readonly version: LatencyDay["version"];
  readonly requests: number;
  /** By day of the week; null where nothing was asked. Of several tenants the highest: quantiles have no mean. */
  readonly p95: readonly (number | null)[];
  readonly p99: readonly (number | null)[];
  /** The last days against the first, as a ratio of their medians; undefined with too few days or requests. */
  readonly change: number | undefined;
}

/** Fewer requests in a week say nothing of its P95: 10 / (1 − 0.95), as for the percentile alarm. */
const leastRequests = 200;
/** So many days at each end are compared. */
const edge = 2;
/** From here on a trend is called rising. */
export const risingRatio = 1.25;

/** A trend for each action and version, the busiest first. */
export function trendsOf(rows: readonly LatencyDay[], days: readonly string[]): Trend[] {
  const groups = Map.groupBy(rows, ({ action, version }) => `${version} ${action}`);
  return [...groups.values()]
    .map((group) => trendOf(group, days))
    .toSorted((a, b) => b.requests - a.requests || a.action.localeCompare(b.action, "en"));
}

function trendOf(group: readonly LatencyDay[], days: readonly string[]): Trend {
  const { action, version } = group[0]!;
  const requests = group.reduce((sum, row) => sum + row.requests, 0);
  const highest = (quantile: "p95" | "p99") =>
    days.map((day) => {
      const values = group.filter((row) => row.day === day).map((row) => row[quantile]);
      return values.length === 0 ? null : Math.max(...values);
    });
  const p95 = highest("p95");
  const change = requests < leastRequests ? undefined : changeOf(p95.filter((value) => value !== null));
  return { action, version, requests, p95, p99: highest("p99"), change };
}

function changeOf(values: readonly number[]): number | undefined {
  if (values.length < 2 * edge) return undefined;
  const before = median(values.slice(0, edge));
  return before > 0 ? median(values.slice(-edge)) / before : undefined;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
