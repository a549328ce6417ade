/** Draws the timeline as one SVG: share of yachts on v2, error rate, P95 with P99, and alarms, one below the other. */
import { type EChartsOption, init } from "echarts";
import { slowMilliseconds } from "../metrics.ts";
import { type MinuteRange, positionOf, tickMinutesOf } from "./axis.ts";
import { chartAlarms } from "./chart-alarms.ts";
import { chartHeader, panelTitle } from "./chart-labels.ts";
import { type ChartSize, type PanelName, panels } from "./chart-layout.ts";
import { type Drawing, drawingOf } from "./drawing.ts";
import { clock } from "./figures.ts";
import type { Theme } from "./palette.ts";
import { errorRateOf, faultSpansOf, quantileLineOf, stepsOf } from "./series.ts";
import { tidySvg } from "./svg.ts";
import type { Reported } from "./timeline.ts";

type Series = Extract<NonNullable<EChartsOption["series"]>, readonly unknown[]>[number];

/** The SVG element as text; it needs no script and refers to nothing outside. */
export function timelineSvg(
  timeline: Reported,
  theme: Theme,
  size: ChartSize,
  closeUp?: MinuteRange,
): string {
  const drawing = drawingOf(timeline, theme, size, closeUp);
  const { layout, places } = drawing;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: layout.width, height: places.height });
  try {
    chart.setOption(optionOf(drawing));
    return tidySvg(
      chart.renderToSVGString(),
      `from-${closeUp?.from ?? "start"}-${theme}-${size}`,
      summaryOf(drawing),
    );
  } finally {
    chart.dispose();
  }
}

function summaryOf({ segments, rollbacks }: Drawing): string {
  const stages = segments.map(({ stage, verdict }) => (verdict ? `${stage} ${verdict}` : stage)).join(", ");
  const marks = rollbacks.map(({ name, minute }) => `${name} at ${clock(minute)}`).join(", ");
  return `From ${clock(segments[0]!.from)} to ${clock(segments.at(-1)!.to)}: ${stages}. Rollbacks: ${marks || "none"}.`;
}

function optionOf(drawing: Drawing): EChartsOption {
  const { layout, palette, places } = drawing;
  const grid = panels.map((name) => ({
    left: layout.left,
    right: layout.right,
    top: places.panels[name].top,
    height: places.panels[name].height,
    // Or each panel would give way to its own labels, and the panels would not stand in line.
    outerBoundsMode: "none" as const,
  }));
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: "inherit", fontSize: layout.text, color: palette.muted },
    grid,
    xAxis: panels.map((_, index) => xAxis(drawing, index)),
    yAxis: panels.map((name, index) => yAxis(drawing, name, index)),
    series: [
      ...lines(drawing),
      ...panels.map((name, index) => marks(drawing, name, index)),
      chartAlarms(drawing),
    ],
    graphic: { elements: [...chartHeader(drawing), ...panels.flatMap((name) => panelTitle(drawing, name))] },
  };
}

function xAxis({ segments, layout, palette }: Drawing, index: number) {
  const last = index === panels.length - 1;
  const ticks = tickMinutesOf(segments, 50 / layout.width);
  const places = ticks.map((minute) => positionOf(segments, minute));
  return {
    type: "value" as const,
    gridIndex: index,
    min: 0,
    max: 1,
    axisLine: { show: true, onZero: false, lineStyle: { color: palette.rule } },
    axisTick: { show: last, customValues: places, lineStyle: { color: palette.rule } },
    axisLabel: {
      show: last,
      customValues: places,
      color: palette.muted,
      fontSize: layout.text - 1,
      hideOverlap: true,
      // The edges of the drawing must not cut a label off.
      alignMinLabel: "left" as const,
      alignMaxLabel: "right" as const,
      formatter: (value: number) => clock(ticks[nearest(places, value)]!),
    },
    splitLine: { show: false },
  };
}

function nearest(places: readonly number[], value: number): number {
  const distances = places.map((place) => Math.abs(place - value));
  return distances.indexOf(Math.min(...distances));
}

const scales = {
  share: { type: "value", min: 0, max: 100, interval: 50, unit: " %" },
  errors: { type: "value", min: 0, unit: " %" },
  latency: { type: "log", min: 1, unit: "" },
  alarms: { type: "value", min: 0, max: 1, unit: "" },
} as const satisfies Record<PanelName, object>;

function yAxis(drawing: Drawing, name: PanelName, index: number) {
  const { unit, ...scale } = scales[name];
  const { palette, layout } = drawing;
  const show = name !== "alarms";
  return {
    ...scale,
    ...(name === "errors" ? { max: highestErrorRate(drawing), splitNumber: 2 } : {}),
    ...(name === "latency"
      ? { max: ({ max }: { max: number }) => 10 ** Math.ceil(Math.log10(Math.max(max, 999))) }
      : {}),
    ...(name === "alarms" ? { max: alarmRowsOf(drawing), inverse: true } : {}),
    gridIndex: index,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      show,
      color: palette.muted,
      fontSize: layout.text - 1,
      margin: 6,
      formatter: (value: number) => `${value}${unit}`,
    },
    splitLine: { show, lineStyle: { color: palette.grid } },
  };
}

function alarmRowsOf({ places, layout }: Drawing): number {
  return places.panels.alarms.height / layout.alarmRow;
}

/** A round number above the highest rate: 1, 2, 5, 10, 20, 50 or 100 %. */
function highestErrorRate({ timeline, segments, layout }: Drawing): number {
  const rates = (["v1", "v2"] as const).flatMap((version) =>
    errorRateOf(timeline.minutes, segments, version, layout.width / 3).map(([, rate]) => rate ?? 0),
  );
  const highest = Math.max(0, ...rates);
  return [1, 2, 5, 10, 20, 50].find((limit) => limit >= highest) ?? 100;
}

function lines({ timeline, segments, layout, palette }: Drawing): Series[] {
  const columns = layout.width / 3;
  const line = (
    panel: PanelName,
    color: string,
    data: [number, number | null][],
    more: object = {},
  ): Series => ({
    type: "line",
    xAxisIndex: panels.indexOf(panel),
    yAxisIndex: panels.indexOf(panel),
    data,
    symbol: "none",
    silent: true,
    lineStyle: { color, width: 1.6 },
    z: 3,
    ...more,
  });
  const { minutes } = timeline;
  const planned = stepsOf(minutes, segments, ({ percentPlanned }) => percentPlanned);
  const observed = stepsOf(minutes, segments, ({ percentObserved }) => percentObserved);
  // A point stands in the middle of its minutes, the step reaches over all of them.
  const perMinute = { step: "middle" };
  const quantile = (version: "v1" | "v2", share: "p95" | "p99") =>
    quantileLineOf(minutes, segments, version, share, columns);
  const dotted = (color: string) => ({ lineStyle: { color, width: 1, type: [1, 3] } });
  const dashed = { step: "end", lineStyle: { color: palette.ink, width: 1.4, type: [5, 4] }, z: 4 };
  return [
    line("share", palette.v2, observed, { step: "end", areaStyle: { color: palette.v2Area, opacity: 1 } }),
    line("share", palette.ink, planned, dashed),
    line("errors", palette.v1, errorRateOf(minutes, segments, "v1", columns), perMinute),
    line("errors", palette.v2, errorRateOf(minutes, segments, "v2", columns), perMinute),
    line("latency", palette.v1, quantile("v1", "p99"), dotted(palette.v1)),
    line("latency", palette.v2, quantile("v2", "p99"), dotted(palette.v2)),
    line("latency", palette.v1, quantile("v1", "p95")),
    line("latency", palette.v2, quantile("v2", "p95")),
  ];
}

/** What runs through all panels: faults, compressed time, the bounds of the stages, the rollbacks. */
function marks(drawing: Drawing, panel: PanelName, index: number): Series {
  const { timeline, segments, palette, layout } = drawing;
  const end = segments.at(-1)!.to;
  const at = (minute: number) => positionOf(segments, minute);
  const area = (from: number, to: number, color: string) => [
    { xAxis: from, itemStyle: { color } },
    { xAxis: to },
  ];
  const bounds = segments
    .slice(1)
    .map(({ start }) => ({ xAxis: start, lineStyle: { color: palette.rule, width: 1 } }));
  const rollbacks = drawing.rollbacks.map(({ minute }) => ({
    xAxis: at(minute),
    lineStyle: { color: palette.bad, width: 1.6, type: "solid" as const },
  }));
  const limit = { yAxis: slowMilliseconds, lineStyle: { color: palette.open, width: 1, type: [2, 3] } };
  return {
    type: "line",
    xAxisIndex: index,
    yAxisIndex: index,
    data: [],
    silent: true,
    markArea: {
      silent: true,
      z: 0,
      data: [
        ...segments
          .filter(({ compression }) => compression > 1)
          .map(({ start, end: to }) => area(start, to, palette.compressedArea)),
        ...faultSpansOf(timeline.events, end).map(([from, to]) => area(at(from), at(to), palette.faultArea)),
      ] as never,
    },
    markLine: {
      silent: true,
      symbol: "none",
      precision: 8,
      label: { show: false, fontSize: layout.text },
      z: 2,
      data: [...bounds, ...(panel === "latency" ? [limit] : []), ...rollbacks] as never,
    },
  };
}
