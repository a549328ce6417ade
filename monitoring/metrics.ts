/**
 * The metrics of the API, shared by the code that emits them and the alarms that watch them.
 * Every request emits every counter, zeros included: a sparse counter makes CloudWatch lag by minutes.
 */
export const metrics = {
  /** Requests that reached a version. */
  requests: { name: "Requests", unit: "Count" },
  /** 5xx answers, timeouts (504) and unavailable dependencies (503) excluded. */
  serverErrors: { name: "ServerErrors", unit: "Count" },
  /** The handler's deadline passed (504). */
  timeouts: { name: "Timeouts", unit: "Count" },
  /** 503 because a dependency is down: counted apart. */
  unavailable: { name: "Unavailable", unit: "Count" },
  /** Took longer than `slowMilliseconds`. */
  slow: { name: "Slow", unit: "Count" },
  latency: { name: "Latency", unit: "Milliseconds" },
  /** A row or object of a foreign yacht was about to leave, or a probe saw one. */
  rlsLeak: { name: "RlsLeak", unit: "Count" },
  /** SQLSTATE 42501 on a request that had passed our own checks. */
  rlsRefused: { name: "RlsRefused", unit: "Count" },
  /** A signed action asked for without a signature. */
  unsignedAttempts: { name: "UnsignedAttempts", unit: "Count" },
  /** A signed action executed without verified evidence. */
  unsignedExecutions: { name: "UnsignedExecutions", unit: "Count" },
  /** Ledger and cache disagree, or a transaction has no owner. Published by reconciliation, version "any". */
  integrityBreaks: { name: "IntegrityBreaks", unit: "Count" },
  /** The largest drift of any part in one run of reconciliation, who alone publishes it; version "any". */
  drift: { name: "Drift", unit: "Percent" },
} as const;

export type MetricKey = keyof typeof metrics;

/** What is measured and not counted: none is no zero. */
export const gauges = ["latency", "drift"] as const satisfies readonly MetricKey[];
/** What is counted. */
export type CounterKey = Exclude<MetricKey, (typeof gauges)[number]>;

const measured: ReadonlySet<MetricKey> = new Set(gauges);
export const counterKeys = (Object.keys(metrics) as MetricKey[]).filter(
  (key): key is CounterKey => !measured.has(key),
);
export type Version = "v1" | "v2";

/** A request slower than this counts as slow. Source: domain.md, "Immediate rollback to 0". */
export const slowMilliseconds = 500;

/** The one dimension of our metrics; its values are "v1", "v2" and, for what has no author, "any". */
export const versionDimension = "Version";

/** The CloudWatch namespace of an environment. */
export function metricNamespace(environment: string): string {
  return `PartLens/${environment}`;
}

/** What one request or check adds to the metrics; a counter left out is emitted as 0, a gauge not at all. */
export type MetricValues = Partial<Record<MetricKey, number>>;

/**
 * One line of CloudWatch's embedded metric format, stored at a resolution of one second.
 * `properties` are searchable in the log and never become metrics.
 */
export function metricLine(
  namespace: string,
  version: Version | "any",
  values: MetricValues,
  properties: Readonly<Record<string, string | number>> = {},
  timestamp: number = Date.now(),
): string {
  const emitted = [...counterKeys, ...gauges.filter((key) => values[key] !== undefined)];
  return JSON.stringify({
    ...properties,
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[versionDimension]],
          Metrics: emitted.map((key) => ({
            Name: metrics[key].name,
            Unit: metrics[key].unit,
            StorageResolution: 1,
          })),
        },
      ],
    },
    [versionDimension]: version,
    ...Object.fromEntries(emitted.map((key) => [metrics[key].name, values[key] ?? 0])),
  });
}

/** How much a run of a job found that somebody must hear of, by the job. */
export const findingsMetric = { name: "JobFindings", dimension: "Job" } as const;

/** The findings of one run of a job as a metric line, zero included. */
export function findingsLine(
  namespace: string,
  job: string,
  findings: number,
  timestamp: number = Date.now(),
): string {
  const { name, dimension } = findingsMetric;
  const metric = { Name: name, Unit: "Count" };
  return JSON.stringify({
    job,
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[dimension]], Metrics: [metric] }],
    },
    [dimension]: job,
    [name]: findings,
  });
}
