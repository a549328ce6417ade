import { expect, it } from "vitest";
import { type Scored, scoreOf } from "../../../infra/local/matrix/fault-matrix.ts";
import { scenariosOf } from "../../../infra/local/matrix/scenarios.ts";

type Seen = Parameters<typeof scoreOf>[1];

const passed = {
  ok: true,
  problems: [],
  stages: [{ stage: "canary-5", verdict: "rolledBack" }],
  rollbacks: [{ cause: "rlsLeak", causeToCondition: 20, conditionToDown: 19 }],
} as unknown as NonNullable<Seen>;

it("expects of a scenario what the catalogue says of its fault at its stage", () => {
  expect(scenariosOf(["errors", "no-metrics"], ["ramp-50", "full-100"])).toEqual([
    { fault: "errors", at: "ramp-50", expected: "serverErrorsFast" },
    { fault: "no-metrics", at: "ramp-50", expected: "no rollback, inconclusive" },
    { fault: "errors", at: "full-100", expected: "serverErrors or errorRate" },
    { fault: "no-metrics", at: "full-100", expected: "no rollback, inconclusive" },
  ]);
});

it("scores a rehearsal by its exit code and its summary, with both times", () => {
  expect(scoreOf(0, passed, "")).toEqual({
    ok: true,
    outcome: "rlsLeak",
    causeToCondition: 20,
    conditionToDown: 19,
    problems: [],
  });
});

it.each<[string, number | null, Seen, Partial<Scored>]>([
  ["ended with another exit code", 1, passed, { ok: false }],
  ["was killed", null, passed, { ok: false }],
  [
    "has problems in its summary",
    0,
    { ...passed, ok: false, problems: ["it was missed"] },
    { ok: false, problems: ["it was missed"] },
  ],
  ["left no summary", 0, undefined, { ok: false, outcome: "could not run", problems: ["last words"] }],
])("reports as missed a rehearsal that %s", (_, code, summary, expected) => {
  expect(scoreOf(code, summary, "last words")).toMatchObject(expected);
});

it("shows the stage's verdict where nothing may roll back", () => {
  const held = { ...passed, rollbacks: [], stages: [{ verdict: "inconclusive" }] } as unknown as Seen;
  expect(scoreOf(0, held, "")).toMatchObject({
    ok: true,
    outcome: "inconclusive",
    conditionToDown: undefined,
  });
});
