/**
 * The time axis of the report: one segment per stage and attempt. Up to an hour is drawn at one scale; what is longer
 * is compressed, or the 24 h at 100 % would leave the three ramps too narrow to read. Each such segment says so.
 */
import type { StageRun } from "./timeline.ts";

export interface Segment {
  readonly stage: string;
  /** 0 for time between stages, when v1 serves everything. */
  readonly attempt: number;
  readonly verdict: StageRun["verdict"] | undefined;
  /** Minutes. */
  readonly from: number;
  readonly to: number;
  /** Place on the drawn axis, 0…1. */
  readonly start: number;
  readonly end: number;
  /** How many times narrower than an hour elsewhere; 1 when drawn to scale. */
  readonly compression: number;
}

/** Minutes that are drawn to scale. */
const scaleMinutes = 60;
/** Of what is beyond, this share of the width is kept. */
const keptShare = 0.07;
/** The least share of the width, so that a stage that ended at once is still seen. */
const leastShare = 0.02;

type Span = Pick<Segment, "stage" | "attempt" | "verdict" | "from" | "to">;

/** Minutes; `to` is excluded. */
export interface MinuteRange {
  readonly from: number;
  readonly to: number;
}

/** The segments of the stages and of the time between them, in that range. */
export function segmentsOf(stages: readonly StageRun[], range: MinuteRange): Segment[] {
  const spans = spansOf(stages, range);
  const least = leastShare * spans.reduce((sum, { from, to }) => sum + widthOf(to - from), 0);
  const widths = spans.map(({ from, to }) => Math.max(least, widthOf(to - from)));
  const total = widths.reduce((sum, width) => sum + width, 0);
  let place = 0;
  return spans.map((span, index) => {
    const start = place;
    place += widths[index]! / total;
    const minutes = span.to - span.from;
    return { ...span, start, end: place, compression: minutes > scaleMinutes ? minutes / widths[index]! : 1 };
  });
}

function spansOf(stages: readonly StageRun[], range: MinuteRange): Span[] {
  const spans: Span[] = [];
  let cursor = range.from;
  const between = (to: number) => {
    if (to > cursor) spans.push({ stage: "off", attempt: 0, verdict: undefined, from: cursor, to });
    cursor = Math.max(cursor, to);
  };
  const inside = stages.filter(({ from, to }) => from < range.to && to >= range.from);
  for (const { stage, attempt, verdict, from, to } of inside.toSorted(
    (left, right) => left.from - right.from,
  )) {
    between(from);
    const end = Math.min(range.to, Math.max(cursor, to));
    spans.push({ stage, attempt, verdict, from: cursor, to: end });
    cursor = end;
  }
  between(range.to);
  return spans;
}

function widthOf(minutes: number): number {
  const beyond = Math.max(0, minutes - scaleMinutes);
  return Math.min(minutes, scaleMinutes) + beyond * keptShare;
}

/** Where a minute is drawn, 0…1. */
export function positionOf(segments: readonly Segment[], minute: number): number {
  const segment = segments.find(({ to }) => minute < to) ?? segments.at(-1)!;
  const { from, to, start, end } = segment;
  const share = to > from ? Math.min(1, Math.max(0, (minute - from) / (to - from))) : 0;
  return start + share * (end - start);
}

/** The minutes that are labelled: where segments begin, every six hours in a compressed one, the end; every five in a close-up. */
export function tickMinutesOf(segments: readonly Segment[], leastDistance: number): number[] {
  const [begin, end] = [segments[0]!.from, segments.at(-1)!.to];
  const bySegment = segments.flatMap(({ from, to, compression }) =>
    compression > 1 ? every(360, from, to) : [from],
  );
  const wanted = end - begin <= scaleMinutes ? every(5, begin, end) : bySegment;
  const ticks: number[] = [];
  for (const minute of wanted) {
    const place = positionOf(segments, minute);
    const last = ticks.at(-1);
    const clear = last === undefined || place - positionOf(segments, last) >= leastDistance;
    if (clear && 1 - place >= leastDistance) ticks.push(minute);
  }
  return [...ticks, end];
}

function every(minutes: number, from: number, to: number): number[] {
  return Array.from({ length: Math.ceil((to - from) / minutes) }, (_, step) => from + step * minutes);
}
