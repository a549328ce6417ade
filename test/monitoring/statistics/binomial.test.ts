import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binomialAtLeast,
  binomialAtMost,
  lowerBound,
  upperBound,
} from "../../../monitoring/statistics/binomial.ts";

/** P(X <= k) by summing products of whole numbers: slow, and right for small n. */
function summed(k: number, n: number, p: number): number {
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    let ways = 1;
    for (let j = 0; j < i; j++) ways = (ways * (n - j)) / (j + 1);
    sum += ways * p ** i * (1 - p) ** (n - i);
  }
  return sum;
}

describe("the binomial tail", () => {
  it("is the plain sum for small n", () => {
    const trial = fc.record({
      n: fc.integer({ min: 1, max: 40 }),
      k: fc.nat(40),
      p: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    });
    fc.assert(
      fc.property(trial, ({ n, k, p }) => {
        fc.pre(k <= n);
        expect(binomialAtMost(k, n, p)).toBeCloseTo(summed(k, n, p), 10);
        expect(binomialAtMost(k, n, p) + binomialAtLeast(k + 1, n, p)).toBeCloseTo(1, 10);
      }),
    );
  });

  it("keeps the closed form of no events at a million trials", () => {
    expect(binomialAtMost(0, 1e6, 1e-6)).toBeCloseTo(Math.exp(1e6 * Math.log1p(-1e-6)), 9);
    expect(binomialAtMost(500_000, 1e6, 0.5)).toBeCloseTo(0.5 + 0.5 * 0.000797884, 6);
  });
});

describe("the one-sided Clopper-Pearson bounds", () => {
  it.each([
    { events: 0, trials: 298, limit: 0.01, proven: false },
    { events: 0, trials: 299, limit: 0.01, proven: true },
    { events: 0, trials: 597, limit: 0.005, proven: false },
    { events: 0, trials: 598, limit: 0.005, proven: true },
    { events: 0, trials: 997, limit: 0.003, proven: false },
    { events: 0, trials: 998, limit: 0.003, proven: true },
    { events: 3, trials: 7200, limit: 0.005, proven: true },
    { events: 1, trials: 100, limit: 0.01, proven: false },
  ])("$events in $trials below $limit: $proven", ({ events, trials, limit, proven }) => {
    expect(upperBound(events, trials) < limit).toBe(proven);
  });

  it("agree with published values for 10 of 20", () => {
    expect(upperBound(10, 20)).toBeCloseTo(0.698046, 5);
    expect(lowerBound(10, 20)).toBeCloseTo(0.301954, 5);
  });

  it("have the exact tail probability that they promise, up to a million trials", () => {
    const sample = fc
      .integer({ min: 1, max: 1_000_000 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(sample, ([k, n]) => {
        const [low, high] = [lowerBound(k, n), upperBound(k, n)];
        expect(low).toBeLessThanOrEqual(k / n);
        expect(high).toBeGreaterThanOrEqual(k / n);
        if (k < n) expect(binomialAtMost(k, n, high)).toBeCloseTo(0.05, 5);
        if (k > 0) expect(binomialAtLeast(k, n, low)).toBeCloseTo(0.05, 5);
      }),
    );
  });

  it("say nothing without trials", () => {
    expect([lowerBound(0, 0), upperBound(0, 0)]).toEqual([0, 1]);
  });
});
