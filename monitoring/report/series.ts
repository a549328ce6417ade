/** From the minutes of a timeline to the lines that are drawn: thinned to what the width can show. */
import { positionOf, type Segment } from "./axis.ts";
import type { Point, TimelineEvent, VersionPoint } from "./timeline.ts";

/** Place on the axis (0…1) and value; null where there was nothing to measure. */
export type DrawnPoint = [place: number, value: number | null];

export interface AlarmSpan {
  readonly alarm: string;
  /** Minutes. */
  readonly from: number;
  readonly to: number;
}

/** Steps: a value holds until the next point. Only changes are kept. */
export function stepsOf(
  minutes: readonly Point[],
  segments: readonly Segment[],
  value: (point: Point) => number,
): DrawnPoint[] {
  const changes = minutes.filter(
    (point, index) => index === 0 || value(point) !== value(minutes[index - 1]!),
  );
  const last = minutes.at(-1);
  const drawn = changes.map((point): DrawnPoint => [place(segments, point.minute), value(point)]);
  return last ? [...drawn, [place(segments, last.minute + 1), value(last)]] : drawn;
}

/** Failed requests in percent of all; in a compressed segment of several minutes together. */
export function errorRateOf(
  minutes: readonly Point[],
  segments: readonly Segment[],
  version: "v1" | "v2",
  columns: number,
): DrawnPoint[] {
  return thinned(minutes, segments, columns, (points) => {
    const sum = (value: (point: VersionPoint) => number) =>
      points.reduce((total, point) => total + value(point[version]), 0);
    const requests = sum((point) => point.requests);
    return requests === 0 ? null : (100 * sum((point) => point.errors)) / requests;
  });
}

/** P95 or P99 of the minute; where several minutes share a column, the highest of them: quantiles have no mean. */
export function quantileLineOf(
  minutes: readonly Point[],
  segments: readonly Segment[],
  version: "v1" | "v2",
  quantile: "p95" | "p99",
  columns: number,
): DrawnPoint[] {
  return thinned(minutes, segments, columns, (points) => {
    const known = points.flatMap((point) => point[version][quantile] ?? []);
    return known.length === 0 ? null : Math.max(...known);
  });
}

function thinned(
  minutes: readonly Point[],
  segments: readonly Segment[],
  columns: number,
  value: (points: readonly Point[]) => number | null,
): DrawnPoint[] {
  return segments.flatMap(({ from, to, start, end, compression }) => {
    const inside = minutes.filter(({ minute }) => minute >= from && minute < to);
    // What is drawn to scale keeps every minute.
    const step = compression > 1 ? Math.ceil((to - from) / Math.max(1, (end - start) * columns)) : 1;
    const groups = Map.groupBy(inside, ({ minute }) => Math.floor((minute - from) / step));
    return [...groups].map(([group, points]): DrawnPoint => {
      const middle = Math.min(to, from + (group + 0.5) * step);
      return [place(segments, middle), rounded(value(points))];
    });
  });
}

/** For how long each alarm stood in ALARM, in the order in which they first fired. */
export function alarmSpansOf(minutes: readonly Point[]): AlarmSpan[] {
  const open = new Map<string, { alarm: string; from: number; to: number }>();
  const spans: { alarm: string; from: number; to: number }[] = [];
  for (const { minute, alarms } of minutes) {
    for (const alarm of alarms) {
      const span = open.get(alarm);
      if (span && span.to === minute) span.to = minute + 1;
      else {
        const begun = { alarm, from: minute, to: minute + 1 };
        open.set(alarm, begun);
        spans.push(begun);
      }
    }
  }
  return spans;
}

/** From each fault to its clearing, in minutes. */
export function faultSpansOf(
  events: readonly TimelineEvent[],
  endMinute: number,
): [from: number, to: number][] {
  return events
    .filter(({ kind }) => kind === "fault")
    .map(({ minute }) => {
      const cleared = events.find((event) => event.kind === "cleared" && event.minute >= minute);
      return [minute, cleared?.minute ?? endMinute];
    });
}

function place(segments: readonly Segment[], minute: number): number {
  return rounded(positionOf(segments, minute)) as number;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10_000) / 10_000;
}
