import { describe, expect, it } from "vitest";
import type { Criterion } from "../../flags/plan.ts";
import { missingProof } from "../../monitoring/missing-proof.ts";
import { judgeCriterion } from "../../monitoring/verdict.ts";

const hour = 60;
const below: Criterion = { measure: "errorRate", comparison: "below", limit: 0.01, onFail: "rollback" };
const atMost: Criterion = { measure: "timeoutRate", comparison: "atMost", limit: 0.001, onFail: "rollback" };
const verdictOf = (criterion: Criterion, events: number, requests: number) =>
  judgeCriterion(criterion, {
    observation: { kind: "share", events, requests },
    query: "q",
    window: { from: 0, to: hour * 60_000 },
  });

describe("what a share that is not proven still needs", () => {
  it.each([
    { criterion: below, events: 0, requests: 120 },
    { criterion: below, events: 1, requests: 360 },
    { criterion: below, events: 6, requests: 360 },
    { criterion: below, events: 12, requests: 1800 },
    { criterion: atMost, events: 3, requests: 7200 },
  ])(
    "with $events of $requests is exactly what the verdict passes by, and not one request fewer",
    ({ criterion, events, requests }) => {
      const { clean } = missingProof(criterion, { events, requests }, hour);
      const all = requests + clean!.requests;
      expect(verdictOf(criterion, events, requests).verdict).toBe("inconclusive");
      expect(verdictOf(criterion, events, all).verdict).toBe("pass");
      expect(verdictOf(criterion, events, all - 1).verdict).toBe("inconclusive");
    },
  );

  it.each([
    { criterion: below, events: 12, requests: 1800, proves: "within", verdict: "pass" },
    { criterion: below, events: 6, requests: 360, proves: "beyond", verdict: "fail" },
    { criterion: atMost, events: 9, requests: 7200, proves: "beyond", verdict: "fail" },
  ])(
    "with $events of $requests is proven $proves after so many more at the same rate",
    ({ criterion, events, requests, proves, verdict }) => {
      const { steady } = missingProof(criterion, { events, requests }, hour);
      const all = requests + steady!.requests;
      expect(steady).toMatchObject({ proves, minutes: Math.ceil(steady!.requests / (requests / hour)) });
      const then = (events / requests) * all;
      const count = proves === "within" ? Math.ceil(then - 1e-9) : Math.floor(then + 1e-9);
      expect(verdictOf(criterion, count, all).verdict).toBe(verdict);
    },
  );

  it("is no number of requests at the limit itself, and no time where nobody asks", () => {
    const found = missingProof(below, { events: 18, requests: 1800 }, hour);
    expect(found.steady).toBeUndefined();
    expect(found.text).toMatch(/at this rate it is never proven$/);
    expect(missingProof(below, { events: 1, requests: 360 }, 0)).toMatchObject({
      clean: { requests: 113, minutes: undefined },
      text: expect.stringMatching(/^113 requests more without a failure prove it/),
    });
  });

  it("is said with the verdict: how many requests, and how long they take", () => {
    const { reason, missing } = verdictOf(below, 6, 360);
    expect(reason).toBe(
      "6 of 360: too few samples to tell; " +
        "822 requests more (2.3 h at 6 a minute) without a failure prove it within the limit; " +
        "at this rate about 540 requests more (90 min at 6 a minute) prove it beyond",
    );
    expect(missing).toMatchObject({ clean: { requests: 822, minutes: 137 } });
    expect(verdictOf(below, 0, 120).reason).toBe(
      "0 of 120: too few samples to tell; 179 requests more (90 min at 2 a minute) without a failure prove it within the limit",
    );
    for (const [events, requests] of [
      [0, 299],
      [9, 360],
    ] as const)
      expect(verdictOf(below, events, requests).missing).toBeUndefined();
  });
});
