import seedrandom from "seedrandom";
import { expect, it } from "vitest";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

it("is the sample that the share of the samples does not exceed, in any order", () => {
  expect(quantileOf(upTo(100).reverse(), 0.95)?.value).toBe(95);
  expect(quantileOf([7], 0.95)?.value).toBe(7);
  expect(quantileOf([], 0.95)).toBeUndefined();
});

it.each([
  { share: 0.95, needed: 59 },
  { share: 0.99, needed: 299 },
])("has an upper bound of P$share from $needed samples on", ({ share, needed }) => {
  expect(quantileOf(upTo(needed - 1), share)?.upper).toBe(Number.POSITIVE_INFINITY);
  expect(quantileOf(upTo(needed), share)?.upper).toBe(needed);
});

it("has bounds that each hold at least 95 % of the time, whatever the distribution", () => {
  const random = seedrandom("quantile");
  const tries = 2000;
  const truth = -Math.log(1 - 0.95);
  let [below, above] = [0, 0];
  for (let i = 0; i < tries; i++) {
    const estimate = quantileOf(
      Array.from({ length: 200 }, () => -Math.log(1 - random())),
      0.95,
    )!;
    if (estimate.upper < truth) below++;
    if (estimate.lower > truth) above++;
  }
  // 0.05 and three standard errors of 2,000 tries.
  expect(below / tries).toBeLessThan(0.065);
  expect(above / tries).toBeLessThan(0.065);
  expect(below + above).toBeGreaterThan(0);
});
