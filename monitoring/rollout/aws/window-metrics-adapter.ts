import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import type { MetricReader } from "../../metric-reader.ts";
import {
  type CounterKey,
  counterKeys,
  type MetricKey,
  metrics,
  type Version,
  versionDimension,
} from "../../metrics.ts";
import { histogramQuantile, latencyEdges } from "../../statistics/histogram.ts";

const minute = 60_000;
/** AWS's most in one call. Source: CloudWatch API reference, GetMetricData. */
const mostQueries = 500;
const versions = ["v1", "v2", "any"] as const;

/** Whole minutes, milliseconds since the epoch. */
export interface MetricWindow {
  readonly from: number;
  readonly to: number;
  /** Whether latencies will be asked for: they are most of the work. */
  readonly latencies: boolean;
}

/**
 * Reads a window of CloudWatch's metrics minute by minute, and answers the judge from what was read. Quantiles come
 * from a histogram: CloudWatch counts the latencies between two edges (trimmed count, TC), and counts of minutes
 * add up, as its percentiles do not. Throws a RangeError for times that are no whole minutes, and what the SDK throws.
 */
export async function readWindow(
  namespace: string,
  { from, to, latencies }: MetricWindow,
  client: Pick<CloudWatchClient, "send">,
): Promise<MetricReader> {
  if (from % minute !== 0 || to % minute !== 0) throw new RangeError("a window is read in whole minutes");
  const wanted = [
    ...sumQueries(namespace),
    query(namespace, driftId, "drift", "any", "Maximum"),
    ...(latencies ? latencyQueries(namespace) : []),
  ];
  const found = new Map<string, Map<number, number>>();
  if (to > from)
    for (let first = 0; first < wanted.length; first += mostQueries)
      await collect(wanted.slice(first, first + mostQueries), { from, to }, client, found);
  return new WindowMetrics({ from, to }, found);
}

class WindowMetrics implements MetricReader {
  readonly #window: { readonly from: number; readonly to: number };
  readonly #found: ReadonlyMap<string, ReadonlyMap<number, number>>;

  constructor(
    window: { readonly from: number; readonly to: number },
    found: ReadonlyMap<string, ReadonlyMap<number, number>>,
  ) {
    this.#window = window;
    this.#found = found;
  }

  sum(key: CounterKey, version: Version | "any", from: number, to: number): number | undefined {
    return this.#total(sumId(key, version), from, to);
  }

  worstDrift(from: number, to: number): number | undefined {
    const values = this.#values(driftId, from, to);
    return values.length === 0 ? undefined : Math.max(...values);
  }

  quantile(version: Version, share: number, from: number, to: number) {
    const samples = this.#total(samplesId(version), from, to) ?? 0;
    const counts = latencyEdges.map((_, bin) => this.#total(binId(version, bin), from, to) ?? 0);
    return histogramQuantile(counts, samples, share);
  }

  #total(id: string, from: number, to: number): number | undefined {
    const values = this.#values(id, from, to);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
  }

  #values(id: string, from: number, to: number): number[] {
    if (from < this.#window.from || to > this.#window.to)
      throw new RangeError("asked for more than the window that was read");
    return [...(this.#found.get(id) ?? [])].filter(([at]) => at >= from && at < to).map(([, value]) => value);
  }
}

const driftId = "max_drift_any";
const sumId = (key: CounterKey, version: string) => `sum_${key}_${version}`;
const samplesId = (version: string) => `samples_${version}`;
const binId = (version: string, bin: number) => `bin_${bin}_${version}`;

function sumQueries(namespace: string): MetricDataQuery[] {
  return counterKeys.flatMap((key) =>
    versions.map((version) => query(namespace, sumId(key, version), key, version, "Sum")),
  );
}

function latencyQueries(namespace: string): MetricDataQuery[] {
  return (["v1", "v2"] as const).flatMap((version) => [
    query(namespace, samplesId(version), "latency", version, "SampleCount"),
    ...latencyEdges.map((edge, bin) => {
      // Above the first number, up to and with the second. Source: CloudWatch, "Statistics definitions".
      const stat = `TC(${latencyEdges[bin - 1] ?? ""}:${edge})`;
      return query(namespace, binId(version, bin), "latency", version, stat);
    }),
  ]);
}

function query(
  namespace: string,
  id: string,
  key: MetricKey,
  version: string,
  stat: string,
): MetricDataQuery {
  const Metric = {
    Namespace: namespace,
    MetricName: metrics[key].name,
    Dimensions: [{ Name: versionDimension, Value: version }],
  };
  return { Id: id, MetricStat: { Metric, Period: 60, Stat: stat }, ReturnData: true };
}

async function collect(
  queries: readonly MetricDataQuery[],
  { from, to }: { readonly from: number; readonly to: number },
  client: Pick<CloudWatchClient, "send">,
  found: Map<string, Map<number, number>>,
): Promise<void> {
  for (let token: string | undefined, more = true; more; ) {
    const page = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: [...queries],
        StartTime: new Date(from),
        EndTime: new Date(to),
        NextToken: token,
      }),
    );
    for (const result of page.MetricDataResults ?? []) take(result, found);
    token = page.NextToken;
    more = token !== undefined;
  }
}

/** A page may hold a part of a metric's points. */
function take(
  { Id = "", Timestamps = [], Values = [], StatusCode }: MetricDataResult,
  found: Map<string, Map<number, number>>,
) {
  if (StatusCode === "InternalError" || StatusCode === "Forbidden")
    throw new Error(`CloudWatch could not read ${Id}: ${StatusCode}`);
  const points = found.get(Id) ?? new Map<number, number>();
  for (const [index, at] of Timestamps.entries()) points.set(at.getTime(), Values[index] ?? 0);
  found.set(Id, points);
}
