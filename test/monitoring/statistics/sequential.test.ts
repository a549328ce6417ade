import seedrandom from "seedrandom";
import { describe, expect, it } from "vitest";
import { type Criterion, falseRollbackShare, plan as rollout } from "../../../flags/plan.ts";
import { sequentialPlanOf } from "../../../monitoring/control-comparison.ts";
import { binomialAtLeast } from "../../../monitoring/statistics/binomial.ts";
import { type ComparisonStep, sequentialTest } from "../../../monitoring/statistics/sequential.ts";

const plan = { tolerated: 1, ratio: 3, falseAlarms: 0.001, falseSuspicions: 0.05 };
const step = (
  canaryErrors: number,
  controlErrors: number,
  canaryRequests = 100,
  controlRequests = 100,
): ComparisonStep => ({
  canaryErrors,
  canaryRequests,
  controlErrors,
  controlRequests,
});

/** How many of the requests fail: draws the gaps between failures, so that a thousand hours take no time. */
function failures(random: () => number, requests: number, rate: number): number {
  if (rate === 0) return 0;
  const gap = () => Math.floor(Math.log(1 - random()) / Math.log(1 - rate));
  let count = 0;
  for (let place = gap(); place < requests; place += 1 + gap()) count++;
  return count;
}

interface Hour {
  /** Requests a minute of both sides together, and the canary's part of them. */
  readonly perMinute: number;
  readonly share: number;
  readonly canaryRate: number;
  readonly controlRate: number;
}

/** An hour of minutes in which each request fails with the rate of its side. */
function hour(random: () => number, { perMinute, share, canaryRate, controlRate }: Hour): ComparisonStep[] {
  const canary = Math.round(perMinute * share);
  const control = perMinute - canary;
  return Array.from({ length: 60 }, () =>
    step(failures(random, canary, canaryRate), failures(random, control, controlRate), canary, control),
  );
}

/** How many of so many hours end with each decision. */
function decided(seed: string, what: Hour, hours: number, test = plan) {
  const random = seedrandom(seed);
  const count = { above: 0, suspect: 0, notAbove: 0 };
  for (let i = 0; i < hours; i++) count[sequentialTest(hour(random, what), test).decision]++;
  return count;
}

describe("the sequential test", () => {
  it("finds nothing without errors, and nothing in traffic of one side alone", () => {
    expect(sequentialTest([step(0, 0)], plan)).toMatchObject({
      decision: "notAbove",
      logLikelihoodRatio: 0,
    });
    expect(sequentialTest([step(50, 0, 100, 0)], plan).decision).toBe("notAbove");
  });

  it.each([
    [7, "notAbove"],
    [8, "suspect"],
    [17, "suspect"],
    [18, "above"],
  ])("calls %d errors of the canary alone %s, of half the traffic", (errors, decision) => {
    expect(sequentialTest([step(errors, 0)], plan).decision).toBe(decision);
  });

  it("takes a suspicion back when the control has errors as well, and a proof never", () => {
    expect(sequentialTest([step(9, 0), step(0, 9)], plan).decision).toBe("notAbove");
    expect(sequentialTest([step(20, 0), step(0, 90)], plan).decision).toBe("above");
  });

  it("finds a canary that breaks after a good beginning", () => {
    const breaks = [step(0, 8), ...Array.from({ length: 4 }, () => step(20, 0))];
    expect(sequentialTest(breaks, plan).decision).toBe("above");
  });

  it("looks for more than the ratio that is tolerated", () => {
    const tolerant = { ...plan, tolerated: 3, ratio: 9 };
    expect(sequentialTest([step(60, 20)], plan).decision).toBe("above");
    expect(sequentialTest([step(60, 20)], tolerant).decision).toBe("notAbove");
    expect(sequentialTest([step(180, 20)], tolerant).decision).toBe("above");
  });
});

const seeds = ["part-lens", "second", "third"];

describe("the comparison of error rates in ramp-50", () => {
  const test = sequentialPlanOf("errorsAboveControl");
  const equal = { share: 0.5, canaryRate: 0.008, controlRate: 0.008 };

  // Chance alone, without a bound: rates of 0.8 % to 20 %, twenty yachts to two hundred, few of them on v2 or half.
  it.each([
    { ...equal, perMinute: 60 },
    { ...equal, perMinute: 600 },
    { ...equal, perMinute: 600, share: 0.05 },
    { ...equal, perMinute: 100, canaryRate: 0.2, controlRate: 0.2 },
  ])(
    "at $perMinute a minute, $share of it v2's, rolls equal rates of $canaryRate back no oftener than it may, and holds few",
    (what) => {
      const hours = 4_000;
      for (const seed of seeds) {
        const { above, suspect } = decided(seed, what, hours, test);
        // Were the true share the one that is allowed, so many would be no surprise.
        expect(binomialAtLeast(above, hours, test.falseAlarms)).toBeGreaterThan(0.001);
        expect((above + suspect) / hours).toBeLessThanOrEqual(test.falseSuspicions);
      }
    },
  );

  it.each([
    { what: { perMinute: 60, share: 0.5, canaryRate: 0.03, controlRate: 0.002 }, above: 0.9, stopped: 0.99 },
    { what: { perMinute: 60, share: 0.5, canaryRate: 0.015, controlRate: 0 }, above: 0.85, stopped: 0.99 },
    { what: { perMinute: 60, share: 0.5, canaryRate: 0.009, controlRate: 0 }, above: 0.1, stopped: 0.97 },
    { what: { perMinute: 60, share: 0.5, canaryRate: 0.006, controlRate: 0 }, above: 0, stopped: 0.8 },
    {
      what: { perMinute: 600, share: 0.5, canaryRate: 0.006, controlRate: 0.002 },
      above: 0.9,
      stopped: 0.98,
    },
    { what: { perMinute: 600, share: 0.5, canaryRate: 0.003, controlRate: 0 }, above: 0.99, stopped: 0.99 },
  ])(
    "with $what rolls back in at least $above of the bakes, and stops $stopped",
    ({ what, above, stopped }) => {
      const hours = 1_000;
      for (const seed of seeds) {
        const found = decided(seed, what, hours, test);
        expect(found.above / hours).toBeGreaterThanOrEqual(above);
        expect((found.above + found.suspect) / hours).toBeGreaterThanOrEqual(stopped);
      }
    },
  );

  it("rolls no oftener back where v2 is unavailable as many times oftener than v1 as is tolerated", () => {
    const unavailable = sequentialPlanOf("unavailableAboveControl");
    const hours = 4_000;
    for (const share of [0.05, 0.2, 0.5]) {
      const what = { perMinute: 120, share, canaryRate: 0.09, controlRate: 0.03 };
      const { above } = decided(`unavailable at ${share}`, what, hours, unavailable);
      expect(binomialAtLeast(above, hours, unavailable.falseAlarms)).toBeGreaterThan(0.001);
      const worse = decided(
        `worse at ${share}`,
        { ...what, canaryRate: 0.3, controlRate: 0.01 },
        300,
        unavailable,
      );
      expect(worse.above).toBe(300);
    }
  });

  it("has its part of the healthy rollouts that all comparisons may take down, and no other measure has one", () => {
    const sequential = ["errorsAboveControl", "unavailableAboveControl"];
    const criteria = rollout.flatMap(({ criteria }): readonly Criterion[] => criteria);
    const each = criteria.filter(({ measure }) => sequential.includes(measure));
    const spent = each.reduce((sum, { measure }) => sum + sequentialPlanOf(measure).falseAlarms, 0);
    expect(spent).toBeCloseTo(falseRollbackShare, 12);
    expect(() => sequentialPlanOf("p95")).toThrow(/p95 is no sequential comparison/);
  });
});
