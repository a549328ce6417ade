/** A drawing in all its versions: the style sheet shows the one that fits the reader's screen and theme. */
import type { MinuteRange } from "./axis.ts";
import { type ChartSize, chartLayouts } from "./chart-layout.ts";
import { html, Markup } from "./markup.ts";
import { themes } from "./palette.ts";
import type { Reported } from "./timeline.ts";
import { timelineSvg } from "./timeline-chart.ts";

const sizes = Object.keys(chartLayouts) as readonly ChartSize[];

/** Of the whole timeline, or a close-up of some minutes of it. */
export function drawingsOf(timeline: Reported, closeUp?: MinuteRange): Markup[] {
  return sizes.flatMap((size) =>
    themes.map((theme) => {
      const svg = new Markup(timelineSvg(timeline, theme, size, closeUp));
      return html`<div class="drawing ${theme} ${size}">${svg}</div>`;
    }),
  );
}
