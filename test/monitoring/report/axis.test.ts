import fc from "fast-check";
import { expect, test } from "vitest";
import { positionOf, segmentsOf, tickMinutesOf } from "../../../monitoring/report/axis.ts";
import { alarmSpansOf, errorRateOf, faultSpansOf, stepsOf } from "../../../monitoring/report/series.ts";
import type { StageRun } from "../../../monitoring/report/timeline.ts";
import { sampleTimeline } from "./sample-timeline.ts";

const timeline = sampleTimeline();
const end = timeline.minutes.length;
const segments = segmentsOf(timeline.stages, { from: 0, to: end });

const run = (stage: string, from: number, to: number): StageRun => ({
  stage,
  attempt: 1,
  verdict: "pass",
  from,
  to,
  criteria: [],
});

test("each stage and attempt has a segment, and so has the time between them", () => {
  expect(segments.map(({ stage, attempt }) => `${stage} ${attempt}`)).toEqual([
    "canary-5 1",
    "ramp-20 1",
    "ramp-50 1",
    "off 0",
    "canary-5 2",
    "ramp-20 2",
    "ramp-50 2",
    "full-100 1",
  ]);
});

test("the 24 h are compressed and say by how much; an hour keeps at least a third of their width", () => {
  const [hour, day] = [segments[0]!, segments.at(-1)!];
  expect(hour.compression).toBe(1);
  expect(day.compression).toBeGreaterThan(5);
  expect((hour.end - hour.start) / (day.end - day.start)).toBeGreaterThan(1 / 3);
});

test("time only moves to the right, from one edge of the drawing to the other", () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(lengths, fc.nat(30), (minutes, gap) => {
      let from = 0;
      const stages = minutes.map((length, index) => {
        const made = run(`s${index}`, from, from + length);
        from += length + gap;
        return made;
      });
      const range = { from: 0, to: from + 1 };
      const drawn = segmentsOf(stages, range);
      expect(drawn[0]!.start).toBe(0);
      expect(drawn.at(-1)!.end).toBeCloseTo(1);
      const places = Array.from({ length: 60 }, (_, step) => positionOf(drawn, (range.to * step) / 59));
      expect(places).toEqual(places.toSorted((left, right) => left - right));
    }),
  );
});

test("a stage that ended at once is still wide enough to be seen", () => {
  const drawn = segmentsOf([run("canary-5", 0, 60), run("ramp-20", 60, 61), run("full-100", 61, 1501)], {
    from: 0,
    to: 1501,
  });
  const brief = drawn[1]!;
  expect(brief.end - brief.start).toBeGreaterThan(0.015);
});

test("a close-up holds only the stages in its range", () => {
  const drawn = segmentsOf(timeline.stages, { from: 131, to: 156 });
  expect(drawn.map(({ stage, from, to }) => [stage, from, to])).toEqual([
    ["ramp-50", 131, 142],
    ["off", 142, 156],
  ]);
});

test("labels of the axis keep their distance and end with the end", () => {
  const ticks = tickMinutesOf(segments, 0.05);
  const places = ticks.map((minute) => positionOf(segments, minute));
  for (let index = 1; index < places.length; index++) {
    expect(places[index]! - places[index - 1]!).toBeGreaterThanOrEqual(0.05);
  }
  expect(ticks.at(-1)).toBe(end);
  expect(ticks.length).toBeGreaterThan(6);
});

test("steps keep only the changes, and hold to the end", () => {
  const steps = stepsOf(timeline.minutes, segments, ({ percentPlanned }) => percentPlanned);
  expect(steps.map(([, value]) => value)).toEqual([5, 20, 50, 0, 5, 20, 50, 100, 100]);
  expect(steps.at(-1)![0]).toBeCloseTo(1);
});

test("error rates are drawn minute by minute to scale, thinned where time is compressed, none without requests", () => {
  const rates = errorRateOf(timeline.minutes, segments, "v2", 400);
  const day = segments.at(-1)!;
  const inDay = rates.filter(([place]) => place > day.start);
  expect(rates.length - inDay.length).toBe(day.from);
  expect(inDay.length).toBeLessThan(200);
  expect(rates.filter(([, rate]) => rate === 100)).toHaveLength(2);
  expect(rates.filter(([, rate]) => rate === null)).toHaveLength(15);
});

test("an alarm that fires twice has two bars", () => {
  const minute = (at: number, alarms: string[]) => ({ ...timeline.minutes[0]!, minute: at, alarms });
  const spans = alarmSpansOf([minute(0, ["a"]), minute(1, ["a", "b"]), minute(2, []), minute(3, ["a"])]);
  expect(spans).toEqual([
    { alarm: "a", from: 0, to: 2 },
    { alarm: "b", from: 1, to: 2 },
    { alarm: "a", from: 3, to: 4 },
  ]);
});

test("a fault lasts until it is cleared, or to the end", () => {
  expect(faultSpansOf(timeline.events, end)).toEqual([[139, 150]]);
  expect(faultSpansOf([{ minute: 7, kind: "fault", text: "x" }], 20)).toEqual([[7, 20]]);
});
