import { describe, expect, it } from "vitest";
import { mathExpression } from "../../infra/local/services/alarm-math.ts";
import { alarms } from "../../monitoring/alarms.ts";
import { binomialAtLeast } from "../../monitoring/statistics/binomial.ts";

const { expression, threshold } = alarms.errorRate;
const math = mathExpression(expression);
const fires = (failed: number, requests: number) =>
  (math.value((id) => ({ errors: failed, timeouts: 0, requests })[id]) ?? 0) > threshold;
/** The least failures that prove more than 2 % at 5 %, of those from the floor of 5 on. */
const needed = (requests: number, from: number) => {
  let failed = from;
  while (binomialAtLeast(failed, requests, threshold) > 0.05) failed++;
  return failed;
};
const traffics = [
  ...Array.from({ length: 1_981 }, (_, index) => index + 20),
  ...Array.from({ length: 300 }, (_, index) => 2_000 + 61 * index),
];

describe("the alarm errorRate", () => {
  it("fires by the exact binomial test, at any traffic: never with fewer failures, and at most with one more", () => {
    let later = 0;
    for (let [index, least] = [0, 5]; index < traffics.length; index++) {
      const requests = traffics[index]!;
      least = needed(requests, least);
      expect([requests, fires(least - 1, requests)]).toEqual([requests, false]);
      expect([requests, fires(least + 1, requests)]).toEqual([requests, true]);
      if (!fires(least, requests)) later++;
    }
    expect(later / traffics.length).toBeLessThan(0.05);
  });

  it.each([
    [5, 95, true],
    [5, 100, false],
    [4, 30, false],
    [5, 19, false],
    [5, 20, true],
    [11, 300, true],
    [30, 300, true],
    [300, 300, true],
  ])("with %d of %d failed: %s", (failed, requests, is) => expect(fires(failed, requests)).toBe(is));

  it("leaves a v2 alone that keeps the limit of full-100, where a share with floors would fire in nine days of ten", () => {
    const day = (fired: (failed: number) => boolean, requests: number, rate: number) => {
      const least = Array.from({ length: requests }, (_, index) => index + 1).find(fired) ?? requests + 1;
      return 1 - (1 - binomialAtLeast(least, requests, rate)) ** 288;
    };
    const worst = (fired: (requests: number) => (failed: number) => boolean) =>
      Math.max(...traffics.slice(0, 600).map((requests) => day(fired(requests), requests, 0.005)));
    expect(worst((requests) => (failed) => fires(failed, requests))).toBeLessThan(0.1);
    expect(worst((requests) => (failed) => failed >= 5 && failed / requests > threshold)).toBeGreaterThan(
      0.9,
    );
  });
});
