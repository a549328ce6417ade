import {
  counterKeys,
  type MetricKey,
  metricNamespace,
  metrics,
  type Version,
  versionDimension,
} from "../metrics.ts";

/** One of CloudWatch's queries, and what its answer is called: `v2.latency.p95`. */
export interface MetricQuery {
  readonly id: string;
  readonly version: Version;
  readonly name: string;
  readonly query: {
    readonly Id: string;
    readonly MetricStat: {
      readonly Metric: {
        readonly Namespace: string;
        readonly MetricName: string;
        readonly Dimensions: { readonly Name: string; readonly Value: string }[];
      };
      readonly Period: number;
      readonly Stat: string;
    };
  };
}

const versions = ["v1", "v2"] as const;
const percentiles = ["p95", "p99"] as const;

/** Every counter and the latency's percentiles, of both versions. `period`: seconds. */
export function metricQueries(environment: string, period: number): MetricQuery[] {
  return versions.flatMap((version) => [
    ...counterKeys.map((key) => queryOf(environment, version, key, "Sum", period)),
    ...percentiles.map((stat) => queryOf(environment, version, "latency", stat, period)),
  ]);
}

function queryOf(
  environment: string,
  version: Version,
  key: MetricKey,
  stat: string,
  period: number,
): MetricQuery {
  const name = stat === "Sum" ? key : `${key}.${stat}`;
  const id = `${version}_${name.replace(".", "_")}`;
  const Metric = {
    Namespace: metricNamespace(environment),
    MetricName: metrics[key].name,
    Dimensions: [{ Name: versionDimension, Value: version }],
  };
  return { id, version, name, query: { Id: id, MetricStat: { Metric, Period: period, Stat: stat } } };
}
