import { expect, test } from "vitest";
import { criteriaOf, recordOf } from "../../../monitoring/evidence/rollout-record.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { hour, sampleLog } from "./sample-log.ts";

test("the record tells every stage, verdict, number, rollback and actor of the log", () => {
  const record = recordOf("prod", sampleLog);
  expect(record.stages.map(({ stage, verdict, by }) => [stage, verdict, by])).toEqual([
    ["canary-5", "rolled back", "Grace Hopper"],
    ["canary-5", "pass", "Grace Hopper"],
    ["ramp-20", "pass", "Grace Hopper"],
    ["ramp-50", "pass", "Grace Hopper"],
    ["full-100", "pass", "Grace Hopper"],
  ]);
  expect(record.stages.at(-1)?.criteria[1]).toMatchObject({ measure: "p95", value: 23, interval: [22, 25] });
  expect(record.rollbacks).toEqual([
    {
      ...{ from: "canary-5", to: "off", cause: "serverErrors", alsoFiring: ["errorRate"] },
      ...{ at: hour(0.5), by: "part-lens" },
      acknowledged: { at: hour(1), by: "Ada Lovelace", reason: "Grace Hopper mended the index" },
    },
  ]);
  expect(record).toMatchObject({ stage: "full-100", percent: 100, locked: false, events: sampleLog.length });
  expect(record.declaration).toMatchObject({ actor: "Grace Hopper", from: hour(13), to: hour(181) });
  expect(record.actors).toEqual({ "Grace Hopper": 10, "part-lens": 1, "Ada Lovelace": 4, ops: 1 });
});

test("an event that the rules forbid makes no stage, whoever wrote it into the log", () => {
  const forbidden: RolloutEvent[] = [
    { kind: "advanced", at: hour(0), actor: "mallory", to: "full-100", cohort: ["y"] },
    { kind: "judged", at: hour(1), actor: "mallory", stage: "full-100", verdict: "pass" },
    { kind: "declared", at: hour(200), actor: "mallory", from: hour(1), to: hour(200) },
  ];
  expect(recordOf("local", forbidden)).toMatchObject({
    stages: [],
    stage: "off",
    declaration: null,
    events: 3,
  });
});

test("a number that is none has none in the record", () => {
  const kept = {
    measure: "p99",
    comparison: "below",
    limit: 1000,
    value: Number.NaN,
    interval: [3, Number.POSITIVE_INFINITY],
    samples: 9,
    verdict: "inconclusive",
    reason: "too few",
  };
  expect(criteriaOf({ criteria: [kept] })).toMatchObject([{ value: null, interval: [3, null] }]);
  expect([criteriaOf(undefined), criteriaOf({ criteria: "none" })]).toEqual([[], []]);
});
