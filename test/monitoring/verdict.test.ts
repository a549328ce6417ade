import { describe, expect, it } from "vitest";
import type { Criterion } from "../../flags/plan.ts";
import { quantileOf } from "../../monitoring/statistics/quantile.ts";
import { judgeCriterion, type Observation } from "../../monitoring/verdict.ts";

const window = { from: 0, to: 3_600_000 };
const below = (measure: Criterion["measure"], limit: number): Criterion => ({
  measure,
  comparison: "below",
  limit,
  onFail: "rollback",
});
const atMost = (measure: Criterion["measure"], limit: number): Criterion => ({
  ...below(measure, limit),
  comparison: "atMost",
});
const judged = (criterion: Criterion, observation: Observation) =>
  judgeCriterion(criterion, { observation, query: "q", window });

/** Latencies spread evenly over a range. */
const latencies = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / count);
const repeated = (count: number, value: number) => Array.from({ length: count }, () => value);

describe("no data", () => {
  it.each<[string, Criterion, Observation]>([
    [
      "a count without datapoints",
      atMost("serverErrors", 0),
      { kind: "count", count: undefined, samples: 10 },
    ],
    ["a count of nothing examined", atMost("serverErrors", 0), { kind: "count", count: 0, samples: 0 }],
    ["a share without requests", below("errorRate", 0.01), { kind: "share", events: 0, requests: 0 }],
    [
      "a share without datapoints",
      below("errorRate", 0.01),
      { kind: "share", events: undefined, requests: 500 },
    ],
    ["a quantile without latencies", below("p95", 500), { kind: "quantile", estimate: undefined }],
    [
      "a comparison without a control",
      atMost("p95Ratio", 1.25),
      { kind: "quantileRatio", canary: quantileOf(repeated(500, 9), 0.95), control: undefined },
    ],
    ["a sequence without steps", atMost("errorsAboveControl", 0), { kind: "sequence", steps: [] }],
    [
      "timeouts without a recorded control",
      atMost("timeoutRatio", 3),
      { kind: "shareRatio", canary: { events: 2, requests: 900 }, control: undefined },
    ],
    [
      "timeouts without requests",
      atMost("timeoutRatio", 3),
      { kind: "shareRatio", canary: { events: 0, requests: 0 }, control: { events: 0, requests: 9 } },
    ],
  ])("never passes: %s", (_, criterion, observation) => {
    expect(judged(criterion, observation).verdict).toBe("inconclusive");
  });
});

describe("a count", () => {
  it.each([
    { count: 0, verdict: "pass" },
    { count: 1, verdict: "fail" },
  ])("of $count is a $verdict at a limit of 0", ({ count, verdict }) => {
    expect(judged(atMost("serverErrors", 0), { kind: "count", count, samples: 300 }).verdict).toBe(verdict);
  });
});

describe("an error rate", () => {
  it.each([
    { events: 0, requests: 298, limit: 0.01, verdict: "inconclusive" },
    { events: 0, requests: 299, limit: 0.01, verdict: "pass" },
    { events: 0, requests: 598, limit: 0.005, verdict: "pass" },
    { events: 3, requests: 7200, limit: 0.005, verdict: "pass" },
    { events: 1, requests: 100, limit: 0.01, verdict: "inconclusive" },
    { events: 5, requests: 100, limit: 0.01, verdict: "fail" },
    { events: 100, requests: 7200, limit: 0.01, verdict: "fail" },
    { events: 72, requests: 7200, limit: 0.01, verdict: "inconclusive" },
  ])("of $events in $requests at $limit is $verdict", ({ events, requests, limit, verdict }) => {
    const found = judged(below("errorRate", limit), { kind: "share", events, requests });
    expect(found).toMatchObject({
      verdict,
      value: events / requests,
      samples: requests,
      limit,
      query: "q",
      window,
    });
    const [low, high] = found.interval!;
    expect(low <= events / requests && events / requests <= high).toBe(true);
  });
});

describe("a quantile", () => {
  it.each([
    { what: "58 fast samples, too few for a bound", values: repeated(58, 10), verdict: "inconclusive" },
    { what: "59 fast samples", values: repeated(59, 10), verdict: "pass" },
    {
      what: "360 samples of which 4 % are slow",
      values: [...repeated(346, 10), ...repeated(14, 900)],
      verdict: "inconclusive",
    },
    {
      what: "360 samples of which 10 % are slow",
      values: [...repeated(324, 10), ...repeated(36, 900)],
      verdict: "fail",
    },
    { what: "samples at the limit itself", values: repeated(400, 500), verdict: "fail" },
  ])("P95 below 500 ms of $what is $verdict", ({ values, verdict }) => {
    expect(judged(below("p95", 500), { kind: "quantile", estimate: quantileOf(values, 0.95) }).verdict).toBe(
      verdict,
    );
  });
});

describe("P95 against the control", () => {
  const control = latencies(1800, 5, 20);
  it.each([
    { what: "the same", canary: latencies(1800, 5, 20), verdict: "pass" },
    {
      what: "twice as slow by 15 ms, the noise of a machine",
      canary: latencies(1800, 10, 35),
      verdict: "pass",
    },
    { what: "60 ms slower", canary: latencies(1800, 65, 80), verdict: "fail" },
    { what: "slower in too few samples to tell", canary: latencies(40, 65, 80), verdict: "inconclusive" },
    {
      what: "slow in just over 5 % by chance",
      canary: [...latencies(1706, 5, 19), ...latencies(94, 30, 400)],
      verdict: "pass",
    },
  ])("is a $verdict when the canary is $what", ({ canary, verdict }) => {
    expect(
      judged(atMost("p95Ratio", 1.25), {
        kind: "quantileRatio",
        canary: quantileOf(canary, 0.95),
        control: quantileOf(control, 0.95),
      }).verdict,
    ).toBe(verdict);
  });
});

describe("errors against the control", () => {
  const minute = { canaryErrors: 0, canaryRequests: 30, controlErrors: 0, controlRequests: 30 };
  it.each([
    { what: "no errors at all", steps: [minute], verdict: "pass" },
    { what: "one error more", steps: [{ ...minute, canaryErrors: 1 }], verdict: "pass" },
    {
      what: "eight errors more",
      steps: [
        { ...minute, canaryErrors: 4 },
        { ...minute, canaryErrors: 4 },
      ],
      verdict: "inconclusive",
    },
    {
      what: "thirty errors more",
      steps: [
        { ...minute, canaryErrors: 15 },
        { ...minute, canaryErrors: 15 },
      ],
      verdict: "fail",
    },
    {
      what: "eight errors more, and eight of the control after them",
      steps: [
        { ...minute, canaryErrors: 8 },
        { ...minute, controlErrors: 8 },
      ],
      verdict: "pass",
    },
    {
      what: "both failing alike",
      steps: [{ ...minute, canaryErrors: 9, controlErrors: 9 }],
      verdict: "pass",
    },
  ])("$what: $verdict", ({ steps, verdict }) => {
    expect(judged(atMost("errorsAboveControl", 0), { kind: "sequence", steps }).verdict).toBe(verdict);
  });
});

describe("timeouts against the recorded control", () => {
  const control = { events: 1, requests: 1800 };
  it.each([
    { timeouts: 0, control: undefined, verdict: "pass" },
    { timeouts: 1, control: { events: 0, requests: 1800 }, verdict: "pass" },
    { timeouts: 8, control, verdict: "pass" },
    { timeouts: 600, control, verdict: "fail" },
  ])("$timeouts of 7,200 are a $verdict", ({ timeouts, control, verdict }) => {
    const canary = { events: timeouts, requests: 7200 };
    expect(judged(atMost("timeoutRatio", 3), { kind: "shareRatio", canary, control }).verdict).toBe(verdict);
  });
});
