import type { MetricAlarm } from "./alarm-definition.ts";
import { evaluationRange } from "./alarm-evaluation.ts";
import { type Window, windowsAt } from "./alarm-window.ts";
import type { MetricStore } from "./metric-store.ts";
import { leastSamples, percentileOf } from "./statistic.ts";

/** What an evaluation looks at, oldest first; undefined is a missing point. */
export interface Datapoints {
  readonly values: readonly (number | undefined)[];
  /** A percentile over too few samples was met in an alarm that ignores those: the state stays as it is. */
  readonly lowSamples: boolean;
}

/**
 * Fetches the datapoints an evaluation at `time` can see: back until there are enough, or the evaluation range
 * ends. `ingestion` in milliseconds.
 */
export function datapointsAt(
  alarm: MetricAlarm,
  metrics: MetricStore,
  time: number,
  ingestion: number,
): Datapoints {
  const windows = windowsAt(time, alarm.period, evaluationRange(alarm.evaluationPeriods), ingestion);
  const values: (number | undefined)[] = [];
  let lowSamples = false;
  let found = 0;
  for (const window of windows) {
    const value = alarm.expression.value((id) => sourceValue(alarm, metrics, id, window));
    values.unshift(value);
    if (value === undefined) continue;
    lowSamples ||= hasLowSamples(alarm, metrics, window);
    if (++found === alarm.evaluationPeriods) break;
  }
  return { values, lowSamples };
}

function sourceValue(
  alarm: MetricAlarm,
  metrics: MetricStore,
  id: string,
  window: Window,
): number | undefined {
  const source = alarm.sources[id];
  return source && metrics.statistic(source, source.statistic, window.from, window.to);
}

function hasLowSamples(alarm: MetricAlarm, metrics: MetricStore, window: Window): boolean {
  if (alarm.evaluateLowSampleCountPercentiles !== "ignore") return false;
  return Object.values(alarm.sources).some((source) => {
    const share = percentileOf(source.statistic);
    return share !== undefined && metrics.sampleCount(source, window.from, window.to) < leastSamples(share);
  });
}
