import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan, stageOf } from "../../../flags/plan.ts";
import { lintPlan, samplesNeeded } from "../../../monitoring/rollout/plan-lint.ts";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";
import { judgeCriterion } from "../../../monitoring/verdict.ts";

const measuresOf = (requestsPerMinute: number, yachts?: number) =>
  lintPlan({ requestsPerMinute, ...(yachts !== undefined && { yachts }) }).map(
    ({ stage, measure }) => `${stage} ${measure}`,
  );
const criterion = (stage: string, measure: string) =>
  stageOf(stage).criteria.find((one) => one.measure === measure)!;

describe("the lint of the plan", () => {
  it("passes the plan at a traffic that proves every criterion", () => {
    expect(measuresOf(120)).toEqual([]);
    // One yacht of twenty is 5 %: the rehearsal's 6 requests a yacht and minute.
    expect(measuresOf(120, 20)).toEqual([]);
  });

  it("refuses it at little traffic, stage by stage", () => {
    expect(measuresOf(60)).toEqual(["canary-5 errorRate"]);
    expect(measuresOf(12)).toEqual(["canary-5 errorRate", "canary-5 p95", "ramp-20 errorRate"]);
    expect(measuresOf(2)).toEqual([
      ...["canary-5 errorRate", "canary-5 p95", "ramp-20 errorRate", "ramp-20 p95", "ramp-50 errorRate"],
      "full-100 timeoutRate",
    ]);
  });

  it("says how long the proof would take", () => {
    const [first] = lintPlan({ requestsPerMinute: 60 });
    expect(first).toMatchObject({ needed: 299, expected: 180, minutes: 100 });
    expect(first?.text).toBe(
      "canary-5 cannot prove errorRate in 60 min: 180 of 299 requests come; it would take 100 min",
    );
    expect(lintPlan({ requestsPerMinute: 1 })[0]?.text).toMatch(/it would take 4\.2 days$/);
  });

  it("proves nothing without traffic, and says that it never will", () => {
    const found = lintPlan({ requestsPerMinute: 0 });
    expect(found).toHaveLength(plan.flatMap(({ criteria }) => [...criteria]).length);
    for (const { minutes, text } of found) {
      expect(minutes).toBeUndefined();
      expect(text).toMatch(/never be proven/);
    }
  });

  it("counts whole yachts: in a small fleet the first canary is more than 5 %", () => {
    expect(measuresOf(60, 10)).toEqual([]);
    expect(measuresOf(60, 20)).toEqual(["canary-5 errorRate"]);
  });

  it("refuses bakes cut short", () => {
    const short = lintPlan({ requestsPerMinute: 120, bakeMinutes: 1 });
    expect(short.map(({ stage }) => stage)).toContain("canary-5");
  });

  it("refuses a traffic that is no number of requests", () => {
    expect(() => lintPlan({ requestsPerMinute: -1 })).toThrow(RangeError);
    expect(() => lintPlan({ requestsPerMinute: Number.NaN })).toThrow(RangeError);
  });

  it.each([
    ["canary-5", "errorRate", 299],
    ["full-100", "errorRate", 598],
    ["full-100", "timeoutRate", 2995],
    ["canary-5", "p95", 59],
    ["full-100", "p99", 299],
    ["canary-5", "serverErrors", 1],
  ])("needs for %s's %s %i requests: what the verdict itself needs", (stage, measure, needed) => {
    expect(samplesNeeded(criterion(stage, measure))).toBe(needed);
  });

  it("agrees with the verdict at the edge: one sample fewer does not pass", () => {
    const window = { from: 0, to: 3_600_000 };
    const verdict = (stage: string, measure: string, requests: number) => {
      const observation = /^p9/.test(measure)
        ? ({
            kind: "quantile",
            estimate: quantileOf(Array<number>(requests).fill(10), measure === "p95" ? 0.95 : 0.99),
          } as const)
        : ({ kind: "share", events: 0, requests } as const);
      return judgeCriterion(criterion(stage, measure), { observation, query: "", window }).verdict;
    };
    for (const [stage, measure] of [
      ["canary-5", "errorRate"],
      ["full-100", "errorRate"],
      ["full-100", "timeoutRate"],
      ["canary-5", "p95"],
      ["full-100", "p99"],
    ] as const) {
      const needed = samplesNeeded(criterion(stage, measure));
      expect([stage, measure, verdict(stage, measure, needed)]).toEqual([stage, measure, "pass"]);
      expect([stage, measure, verdict(stage, measure, needed - 1)]).toEqual([stage, measure, "inconclusive"]);
    }
  });

  it("finds no more at more traffic", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 5000 }), (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(measuresOf(less)).toEqual(expect.arrayContaining(measuresOf(more)));
      }),
      { numRuns: 50 },
    );
  });
});
