/** The band of alarms: a row for each that fired, a bar for as long as it stood in ALARM. */
import type { CustomSeriesOption } from "echarts";
import { alarms } from "../alarms.ts";
import { drillKey } from "../incident/drill-key.ts";
import { jobAlarms, jobNames } from "../job-schedule.ts";
import { positionOf } from "./axis.ts";
import { panels, pixelOf } from "./chart-layout.ts";
import type { Drawing } from "./drawing.ts";
import { alarmSpansOf } from "./series.ts";

/** A bar shorter than this could not be seen. */
const leastPixels = 3;

export function chartAlarms({ timeline, segments, layout, palette, places }: Drawing): CustomSeriesOption {
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

/** Right of the last bar, or left of the first where the right has no room. */
function nameLeft(
  name: string,
  bars: readonly { x: number; width: number }[],
  layout: Drawing["layout"],
): number {
  const width = name.length * layout.text * 0.58;
  const right = Math.max(...bars.map(({ x, width: length }) => x + length)) + 6;
  if (right + width < layout.width - layout.right) return right;
  return Math.max(layout.left + 2, Math.min(...bars.map(({ x }) => x)) - width - 6);
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
