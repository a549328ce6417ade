import { expect, test } from "vitest";
import { palettes } from "../../../monitoring/report/palette.ts";
import { renderReport } from "../../../monitoring/report/report.ts";
import type { Timeline } from "../../../monitoring/report/timeline.ts";
import { timelineSvg } from "../../../monitoring/report/timeline-chart.ts";
import { sampleTimeline } from "./sample-timeline.ts";

const timeline = sampleTimeline();
const report = renderReport(timeline);

/** The writing of a drawing, in order. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
}

/** The names over the red lines; each line must run through all four panels. */
function rollbackMarks(drawn: Timeline): string[] {
  const svg = timelineSvg(drawn, "light", "wide");
  const lines = [...svg.matchAll(/<path [^>]*>/g)].filter(([path]) =>
    path.includes(`stroke="${palettes.light.bad}"`),
  );
  expect(lines).toHaveLength(4 * drawn.rollbacks.length);
  return textsOf(svg).filter((text) => /^R\d+$/.test(text));
}

test("the report is one HTML file that refers to nothing outside and runs no script", () => {
  expect(report).toMatch(/^<!doctype html>/);
  expect(report).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)/i);
  expect(report).not.toMatch(/\b(?:src|href)\s*=/i);
  const addresses = [...report.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address);
  expect(new Set(addresses)).toEqual(new Set(["http://www.w3.org/2000/svg"])); // a namespace, never fetched
  expect(report.length).toBeLessThan(1_500_000);
});

test("every stage stands in it with its verdict and the judge's numbers", () => {
  const cards = report.split('<article class="stage">').slice(1);
  expect(cards).toHaveLength(timeline.stages.length);
  for (const [index, { stage, verdict, criteria }] of timeline.stages.entries()) {
    const card = cards[index]!.split("</article>")[0]!;
    expect(card).toContain(stage);
    expect(card).toContain(verdict === "pass" ? "✓ pass" : "↓ rolled back");
    expect(card.match(/<tr>/g)?.length ?? 0).toBe(criteria.length === 0 ? 0 : criteria.length + 1);
  }
  expect(report).toContain("0.83 %");
  expect(report).toContain("&lt; 0.5 %");
});

test("each rollback is marked once in the timeline and told with both times", () => {
  expect(rollbackMarks(timeline)).toEqual(["R1"]);
  const second = { ...timeline.rollbacks[0]!, at: 400, cause: "slowShare", causeToCondition: 75 };
  const twice = { ...timeline, rollbacks: [...timeline.rollbacks, second] };
  expect(rollbackMarks(twice)).toEqual(["R1", "R2"]);
  expect(rollbackMarks({ ...timeline, rollbacks: [] })).toEqual([]);
  expect(report).toContain("cause → condition <b>45 s</b>");
  expect(report).toContain("condition → down <b>29 s</b>");
  expect(renderReport(twice)).toContain("slowShare");
  expect(renderReport({ ...timeline, rollbacks: [] })).not.toContain("<h2>Rollbacks</h2>");
});

test("a rollback beyond its bounds is not called within them", () => {
  const slow = { ...timeline.rollbacks[0]!, conditionToDown: 61 };
  expect(renderReport({ ...timeline, rollbacks: [slow] })).toContain("Beyond the bounds");
  expect(report).toContain("Within the bounds");
});

test("the alarms that fired are named in the drawing, and their absence is said", () => {
  const texts = textsOf(timelineSvg(timeline, "dark", "narrow"));
  for (const alarm of ["serverErrorsFast", "serverErrors", "errorRate", "unsignedAttempt"]) {
    expect(texts.filter((text) => text === alarm)).toHaveLength(1);
  }
  const quiet = { ...timeline, minutes: timeline.minutes.map((point) => ({ ...point, alarms: [] })) };
  expect(textsOf(timelineSvg(quiet, "dark", "narrow"))).toContain("No alarm fired.");
});

test("it is drawn for light and dark, wide and narrow, and the style sheet chooses", () => {
  for (const theme of ["light", "dark"]) {
    for (const size of ["wide", "narrow"]) {
      // Once for the whole timeline, once for the close-up of the rollback.
      expect(report.split(`class="drawing ${theme} ${size}"`)).toHaveLength(3);
    }
  }
  expect(report).toContain("prefers-color-scheme: dark");
  expect(report).toContain("@media print");
});

test("ids are unique in the document, so that no drawing borrows another's clip", () => {
  const ids = [...report.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]!);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the same timeline gives the same report", () => {
  expect(renderReport(sampleTimeline())).toBe(report);
});

test("whatever the timeline carries is escaped, in the text and in the drawing", () => {
  const evil = `<script>alert("x")</script>&'`;
  const hostile: Timeline = {
    ...timeline,
    title: evil,
    seed: evil,
    events: [{ minute: 1, kind: "alarm", text: evil, actor: evil }],
    notSimulated: [evil],
    outcome: { ok: false, text: evil },
    stages: timeline.stages.map((run, index) =>
      index === 0
        ? {
            ...run,
            stage: evil,
            criteria: run.criteria.map((entry) => ({ ...entry, measure: evil, reason: evil })),
          }
        : run,
    ),
    exposure: timeline.exposure.map((entry) => ({ ...entry, stage: evil })),
    rollbacks: timeline.rollbacks.map((rollback) => ({
      ...rollback,
      cause: evil,
      alsoFiring: [evil],
      toStage: evil,
    })),
    minutes: timeline.minutes.map((point) => (point.minute < 5 ? { ...point, alarms: [evil] } : point)),
  };
  const text = renderReport(hostile);
  expect(text).not.toContain("<script");
  expect(text).toContain("&lt;script&gt;");
});

test("a timeline that has only just begun can be rendered", () => {
  const empty: Timeline = {
    ...timeline,
    minutes: [],
    events: [],
    stages: [],
    rollbacks: [],
    exposure: [],
    notSimulated: [],
  };
  expect(renderReport(empty)).toContain("Every resource of the program was realised");
});

test("what was not simulated is listed, each resource once", () => {
  for (const resource of timeline.notSimulated) expect(report.split(`<li>${resource}</li>`)).toHaveLength(2);
});
