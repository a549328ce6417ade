/** The band of alarms: a row for each that fired, a bar for as long as it stood in ALARM. */
import type { CustomSeriesOption } from "echarts";
import { alarms } from "../alarms.ts";
import { drillKey } from "../incident/drill-key.ts";
import { jobAlarms, jobNames } from "../job-schedule.ts";
import { positionOf } from "./axis.ts";
import { type ChartLayout, panels, pixelOf } from "./chart-layout.ts";
import type { Drawing } from "./drawing.ts";
import { alarmSpansOf } from "./series.ts";

/** A bar shorter than this could not be seen. */
const leastPixels = 3;

export function chartAlarms({
  timeline,
  rollbacks,
  segments,
  layout,
  palette,
  places,
}: Drawing): CustomSeriesOption {
  const lines = rollbacks.map(({ minute }) => pixelOf(layout, positionOf(segments, minute)));
  const spans = alarmSpansOf(timeline.minutes);
  const rows = [...new Set(spans.map(({ alarm }) => alarm))];
  const { top } = places.panels.alarms;
  const bars = spans.map(({ alarm, from, to }) => {
    const x = pixelOf(layout, positionOf(segments, from));
    const width = Math.max(leastPixels, pixelOf(layout, positionOf(segments, to)) - x);
    const y = top + rows.indexOf(alarm) * layout.alarmRow + 5;
    const shape = { x, y, width, height: layout.alarmRow - 10, r: 2 };
    return { type: "rect" as const, shape, style: { fill: isAlert(alarm) ? palette.open : palette.bad } };
  });
  const names = rows.map((alarm, row) => {
    const x = nameLeft(
      alarm,
      bars.filter((_, index) => spans[index]!.alarm === alarm).map(({ shape }) => shape),
      lines,
      layout,
    );
    return text(alarm, x, top + row * layout.alarmRow + layout.alarmRow / 2);
  });
  const none = rows.length === 0 ? [text("No alarm fired.", layout.left + 4, top + layout.alarmRow / 2)] : [];
  const children = [...bars, ...names, ...none];
  return {
    type: "custom",
    xAxisIndex: panels.indexOf("alarms"),
    yAxisIndex: panels.indexOf("alarms"),
    data: [[0, 0]],
    silent: true,
    z: 5,
    renderItem: () => ({ type: "group", children }),
  };

  function text(words: string, x: number, y: number) {
    const style = {
      text: words,
      x,
      y,
      fill: palette.ink,
      fontSize: layout.text - 1,
      verticalAlign: "middle" as const,
    };
    return { type: "text" as const, style };
  }
}

/** Between a name and what stands beside it. */
const gap = 6;

/**
 * Where a name begins: right of its last bar, or left of the first, or else beyond a rollback's line, at the first place
 * where it has room and no such line runs through it. `bars` and `lines`: pixels.
 */
export function nameLeft(
  name: string,
  bars: readonly { readonly x: number; readonly width: number }[],
  lines: readonly number[],
  { left, right, width, text }: Pick<ChartLayout, "left" | "right" | "width" | "text">,
): number {
  const length = name.length * text * 0.58;
  const first = Math.min(...bars.map(({ x }) => x));
  const last = Math.max(...bars.map((bar) => bar.x + bar.width));
  const after = [last, ...lines.filter((x) => x > last)].map((x) => x + gap);
  const before = [first, ...lines.filter((x) => x < first).toReversed()].map((x) => x - gap - length);
  const fits = (x: number) => x >= left + 2 && x + length < width - right;
  const isClear = (x: number) => !lines.some((line) => line > x - 2 && line < x + length + 2);
  const places = [after[0]!, before[0]!, ...after.slice(1), ...before.slice(1)].filter(fits);
  return places.find(isClear) ?? places[0] ?? left + 2;
}

const telling = new Set<string>([
  drillKey,
  ...jobNames.flatMap((job) => Object.values(jobAlarms).map((nameOf) => nameOf(job))),
]);

/** Whether an alarm rolls back or only alerts; one that the tables do not know counts as the graver. */
export function isAlert(alarm: string): boolean {
  if (telling.has(alarm)) return true;
  return alarm in alarms && alarms[alarm as keyof typeof alarms].effect !== "rollback";
}
