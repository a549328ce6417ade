/** The writing of the timeline: the strip of stages above it, the title and legend of each panel. */
import { positionOf, type Segment } from "./axis.ts";
import { type PanelName, pixelOf } from "./chart-layout.ts";
import type { Drawing } from "./drawing.ts";
import { duration } from "./figures.ts";
import type { Palette } from "./palette.ts";

interface TextElement {
  readonly type: "text";
  readonly x: number;
  readonly y: number;
  readonly style: {
    readonly text: string;
    readonly fill: string;
    readonly fontSize: number;
    readonly fontWeight: number;
    readonly align?: "center";
  };
}

interface RectElement {
  readonly type: "rect";
  readonly shape: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly r?: number;
  };
  readonly style: { readonly fill: string };
}

type Element = TextElement | RectElement;

/** Width of a letter as a share of its size, for a choice between labels; the browser measures for itself. */
const letterWidth = 0.6;

/** For each segment its name, its length and a bar in the colour of its verdict; above the panels the rollbacks. */
export function chartHeader(drawing: Drawing): Element[] {
  return [
    ...drawing.segments.flatMap((segment) => segmentLabel(drawing, segment)),
    ...rollbackLabels(drawing),
  ];
}

function segmentLabel({ layout, palette }: Drawing, segment: Segment): Element[] {
  const left = pixelOf(layout, segment.start);
  const width = pixelOf(layout, segment.end) - left;
  const fits = (text: string) => text.length * layout.text * letterWidth < width - 4;
  const name = namesOf(segment).find(fits);
  const length = lengthsOf(segment).find(fits);
  const roomy = layout.header > 40;
  const bar = layout.header - 6;
  return [
    {
      type: "rect",
      shape: { x: left + 1, y: bar, width: Math.max(1, width - 2), height: 4, r: 2 },
      style: { fill: verdictColour(palette, segment) },
    },
    ...(name ? [label(name, left + 2, bar - (roomy ? 34 : 16), layout.text, palette.ink, 600)] : []),
    ...(length && roomy ? [label(length, left + 2, bar - 17, layout.text - 1, palette.muted)] : []),
  ];
}

function namesOf({ stage, attempt }: Segment): string[] {
  const short = stage.replace(/^[a-z]+-(\d+)$/, "$1 %");
  if (attempt > 1) return [`${stage}, try ${attempt}`, stage, short, short.replace(" %", "")];
  return [stage, short, short.replace(" %", "")];
}

function lengthsOf({ from, to, compression }: Segment): string[] {
  const length = duration(to - from);
  return compression > 1
    ? [`${length}, drawn 1 : ${Math.round(compression)}`, length]
    : [length, length.replace(" min", "′")];
}

function verdictColour(palette: Palette, { verdict }: Segment): string {
  if (verdict === "pass") return palette.good;
  if (verdict === "fail" || verdict === "rolledBack") return palette.bad;
  return verdict === "inconclusive" ? palette.open : palette.rule;
}

/** "R1" at the head of each rollback's line; the table of rollbacks uses the same names. */
function rollbackLabels({ rollbacks, segments, layout, palette }: Drawing): Element[] {
  return rollbacks.map(({ name, minute }) => ({
    type: "text",
    x: pixelOf(layout, positionOf(segments, minute)),
    y: layout.header + 1,
    style: {
      text: name,
      fill: palette.bad,
      fontSize: layout.text,
      fontWeight: 700,
      align: "center",
    },
  }));
}

interface LegendEntry {
  readonly text: string;
  readonly colour: keyof Palette;
  readonly dashed?: true;
}

const versions = [
  { text: "v1", colour: "v1" },
  { text: "v2", colour: "v2" },
] as const satisfies readonly LegendEntry[];

const titles = {
  share: {
    long: "Yachts on v2",
    legend: [
      { text: "planned", colour: "ink", dashed: true },
      { text: "observed", colour: "v2" },
    ],
  },
  errors: { long: "Error rate", legend: versions },
  latency: {
    long: "P95, ms (log)",
    legend: [
      ...versions,
      { text: "P99", colour: "v2", dashed: true },
      { text: "limit", colour: "open", dashed: true },
    ],
  },
  alarms: {
    long: "In ALARM",
    legend: [
      { text: "rolls back", colour: "bad" },
      { text: "alerts", colour: "open" },
    ],
  },
} as const satisfies Record<PanelName, { long: string; legend: readonly LegendEntry[] }>;

export function panelTitle({ layout, palette, places }: Drawing, name: PanelName): Element[] {
  const y = places.panels[name].top - layout.text - 8;
  const { long, legend } = titles[name];
  let x = layout.left + (long.length + 2) * layout.text * 0.62;
  const entries = legend.flatMap(({ text, colour, ...rest }: LegendEntry): Element[] => {
    const dashes = rest.dashed ? [0, 6, 12] : [0];
    const swatch = dashes.map(
      (offset): Element => ({
        type: "rect",
        shape: { x: x + offset, y: y + layout.text / 2 - 1.5, width: rest.dashed ? 4 : 16, height: 3 },
        style: { fill: palette[colour] },
      }),
    );
    const written = label(text, x + 20, y, layout.text - 1, palette.muted);
    x += 34 + text.length * layout.text * 0.5;
    return [...swatch, written];
  });
  return [label(long, layout.left, y, layout.text, palette.ink, 600), ...entries];
}

function label(text: string, x: number, y: number, size: number, fill: string, weight = 400): Element {
  return { type: "text", x, y, style: { text, fill, fontSize: size, fontWeight: weight } };
}
