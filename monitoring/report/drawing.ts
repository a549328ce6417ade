/** What the parts of one drawing of a timeline share. */
import { type MinuteRange, type Segment, segmentsOf } from "./axis.ts";
import { type ChartLayout, type ChartSize, chartLayouts, placesOf } from "./chart-layout.ts";
import { type Palette, palettes, type Theme } from "./palette.ts";
import { alarmSpansOf } from "./series.ts";
import type { Reported } from "./timeline.ts";

/** Height of a panel in a close-up. */
const closeUpPanel = 64;

export interface Drawing {
  /** Its minutes are those that are drawn. */
  readonly timeline: Reported;
  /** As numbered in the whole timeline, those that are drawn. */
  readonly rollbacks: readonly { readonly name: string; readonly minute: number }[];
  readonly segments: readonly Segment[];
  readonly layout: ChartLayout;
  readonly palette: Palette;
  readonly places: ReturnType<typeof placesOf>;
}

/** Of the whole timeline, or a close-up of some minutes of it. */
export function drawingOf(whole: Reported, theme: Theme, size: ChartSize, closeUp?: MinuteRange): Drawing {
  const layout = closeUp ? { ...chartLayouts[size], panel: closeUpPanel } : chartLayouts[size];
  const range = closeUp ?? { from: 0, to: (whole.minutes.at(-1)?.minute ?? 0) + 1 };
  const timeline = {
    ...whole,
    minutes: whole.minutes.filter(({ minute }) => minute >= range.from && minute < range.to),
  };
  const rows = new Set(alarmSpansOf(timeline.minutes).map(({ alarm }) => alarm)).size;
  return {
    timeline,
    rollbacks: whole.rollbacks
      .map(({ at }, index) => ({ name: `R${index + 1}`, minute: at }))
      .filter(({ minute }) => minute >= range.from && minute <= range.to),
    segments: segmentsOf(timeline.stages, range),
    layout,
    palette: palettes[theme],
    places: placesOf(layout, rows),
  };
}
