import {
  type MetricKey,
  metricNamespace,
  metrics,
  type Version,
  versionDimension,
} from "../../../monitoring/metrics.ts";
import type { MetricName } from "../services/metric-store.ts";

/** A metric of ours as the API of a local stack would emit it. */
export function ownMetric(key: MetricKey, version: Version | "any"): MetricName {
  const dimensions = { [versionDimension]: version };
  return { namespace: metricNamespace("local"), name: metrics[key].name, dimensions };
}
