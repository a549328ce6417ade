import seedrandom from "seedrandom";
import { describe, expect, it } from "vitest";
import { type ComparisonStep, sequentialTest } from "../../../monitoring/statistics/sequential.ts";

const plan = { ratio: 3, alpha: 0.05, beta: 0.1 };
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
  const gap = () => Math.floor(Math.log(1 - random()) / Math.log(1 - rate));
  let count = 0;
  for (let place = gap(); place < requests; place += 1 + gap()) count++;
  return count;
}

/** An hour of minutes in which each request fails with the rate of its side. */
function hour(
  random: () => number,
  canaryRate: number,
  controlRate: number,
  share: number,
): ComparisonStep[] {
  const canary = Math.round(100 * share);
  return Array.from({ length: 60 }, () =>
    step(
      failures(random, canary, canaryRate),
      failures(random, 100 - canary, controlRate),
      canary,
      100 - canary,
    ),
  );
}

function shareAbove(
  seed: string,
  canaryRate: number,
  controlRate: number,
  share: number,
  hours = 1000,
): number {
  const random = seedrandom(seed);
  const found = Array.from({ length: hours }).filter(
    () => sequentialTest(hour(random, canaryRate, controlRate, share), plan).decision === "above",
  );
  return found.length / hours;
}

describe("the sequential test", () => {
  it("is undecided without errors and finds none in traffic of one side alone", () => {
    expect(sequentialTest([step(0, 0)], plan)).toMatchObject({
      decision: "undecided",
      logLikelihoodRatio: 0,
    });
    expect(sequentialTest([step(50, 0, 100, 0)], plan).decision).toBe("undecided");
  });

  it("finds errors of the canary alone above, and errors of the control alone not above", () => {
    expect(sequentialTest([step(8, 0)], plan).decision).toBe("above");
    expect(sequentialTest([step(0, 8)], plan).decision).toBe("notAbove");
  });

  it("finds a canary that breaks after a good beginning", () => {
    expect(sequentialTest([step(0, 8), ...Array.from({ length: 4 }, () => step(20, 0))], plan).decision).toBe(
      "above",
    );
  });

  it.each([
    { share: 0.05, rate: 0.02 },
    { share: 0.5, rate: 0.02 },
    { share: 0.5, rate: 0.2 },
  ])(
    "looked at 60 times, calls equal rates of $rate at $share of the traffic unequal in at most 5.6 %",
    ({ share, rate }) => {
      // alpha / (1 - beta) is what Wald guarantees; 1,000 hours, seeded.
      expect(shareAbove("equal", rate, rate, share)).toBeLessThanOrEqual(plan.alpha / (1 - plan.beta));
    },
  );

  it("finds a tripled rate with the power it promises", () => {
    expect(shareAbove("tripled", 0.03, 0.01, 0.5, 500)).toBeGreaterThan(1 - plan.beta);
  });
});
