import type { MetricReader } from "../../../monitoring/metric-reader.ts";
import {
  type CounterKey,
  type MetricKey,
  metrics,
  type Version,
  versionDimension,
} from "../../../monitoring/metrics.ts";
import { type QuantileEstimate, quantileOf } from "../../../monitoring/statistics/quantile.ts";
import type { MetricName, MetricStore } from "./metric-store.ts";

/** The judge's view of the metric store: our metrics by key and version in one namespace. */
export class MetricStoreReader implements MetricReader {
  readonly #store: MetricStore;
  readonly #namespace: string;

  constructor(store: MetricStore, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
  }

  sum(key: CounterKey, version: Version | "any", from: number, to: number): number | undefined {
    return this.#store.statistic(this.#metric(key, version), "Sum", from, to);
  }

  worstDrift(from: number, to: number): number | undefined {
    return this.#store.statistic(this.#metric("drift", "any"), "Maximum", from, to);
  }

  quantile(version: Version, share: number, from: number, to: number): QuantileEstimate | undefined {
    return quantileOf(this.#store.values(this.#metric("latency", version), from, to), share);
  }

  #metric(key: MetricKey, version: string): MetricName {
    const dimensions = { [versionDimension]: version };
    return { namespace: this.#namespace, name: metrics[key].name, dimensions };
  }
}
