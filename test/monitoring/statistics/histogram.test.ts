import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { declaration, plan } from "../../../flags/plan.ts";
import { histogramQuantile, latencyEdges } from "../../../monitoring/statistics/histogram.ts";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";

/** As CloudWatch's trimmed counts give them. */
const countsOf = (values: readonly number[]) =>
  latencyEdges.map(
    (edge, bin) => values.filter((value) => value > (latencyEdges[bin - 1] ?? 0) && value <= edge).length,
  );
const latency = fc.double({ min: 0.5, max: 40_000, noNaN: true });

describe("a quantile of a histogram", () => {
  it("has every latency limit of the plan as an edge: what it says of a limit is exact", () => {
    const criteria = [...plan.flatMap(({ criteria }) => [...criteria]), ...declaration.criteria];
    const limits = criteria.filter(({ measure }) => /^p9\d$/.test(measure)).map(({ limit }) => limit);
    expect(limits.length).toBeGreaterThan(3);
    for (const limit of limits) expect(latencyEdges).toContain(limit);
  });

  it("never claims more than the samples themselves: its interval holds theirs", () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 400 }),
        fc.constantFrom(0.95, 0.99),
        (values, share) => {
          const exact = quantileOf(values, share)!;
          const binned = histogramQuantile(countsOf(values), values.length, share)!;
          expect(binned.samples).toBe(exact.samples);
          expect(binned.lower).toBeLessThanOrEqual(exact.lower);
          expect(binned.upper).toBeGreaterThanOrEqual(exact.upper);
          expect(binned.value).toBeGreaterThanOrEqual(exact.value);
          if (exact.value > 5 && exact.value <= 30_000) expect(binned.value).toBeLessThan(exact.value * 1.11);
        },
      ),
    );
  });

  it("is beyond every limit where samples lie above the last edge, and unknown without samples", () => {
    expect(
      histogramQuantile(
        latencyEdges.map(() => 0),
        100,
        0.95,
      ),
    ).toMatchObject({
      value: Number.POSITIVE_INFINITY,
    });
    expect(histogramQuantile([], 0, 0.95)).toBeUndefined();
  });
});
