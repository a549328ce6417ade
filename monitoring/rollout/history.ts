import type { MetricReader } from "../metric-reader.ts";

/** How long an alarm stood in ALARM. Milliseconds since the epoch; `to` is missing while it still does. */
export interface AlarmTime {
  /** Its key in the alarm table. */
  readonly alarm: string;
  readonly from: number;
  readonly to?: number | undefined;
}

/** What metrics and alarms were in a window. */
export interface RolloutHistory {
  readonly metrics: MetricReader;
  readonly alarmTimes: readonly AlarmTime[];
  /** How finely the metrics tell times apart, milliseconds. */
  readonly resolution: number;
}

/** A change of an alarm's state. */
export interface AlarmChange {
  readonly alarm: string;
  readonly to: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The times in ALARM, from the changes in any order. */
export function alarmTimesOf(changes: readonly AlarmChange[]): AlarmTime[] {
  const times: { alarm: string; from: number; to?: number }[] = [];
  const open = new Map<string, (typeof times)[number]>();
  for (const { alarm, to, at } of changes.toSorted((a, b) => a.at - b.at)) {
    const span = open.get(alarm);
    if (to === "ALARM" && !span) {
      const begun = { alarm, from: at };
      open.set(alarm, begun);
      times.push(begun);
    } else if (to !== "ALARM" && span) {
      span.to = at;
      open.delete(alarm);
    }
  }
  return times;
}
