import { expect, it } from "vitest";
import { notAskedLines } from "../../../infra/local/faults/script.ts";
import { scoreOf } from "../../../infra/local/matrix/play.ts";
import { expectationOf, nameOf, scenariosOf } from "../../../infra/local/matrix/scenarios.ts";

type Seen = Parameters<typeof scoreOf>[0];

it("expects of a scenario what the catalogue says of its fault at its stage", () => {
  const scenarios = ["ramp-50", "full-100"].flatMap((at) =>
    scenariosOf(["errors", "no-metrics"], at as "ramp-50" | "full-100"),
  );
  expect(scenarios.map((scenario) => [nameOf(scenario), expectationOf(scenario)])).toEqual([
    ["errors-ramp-50", "serverErrorsFast"],
    ["no-metrics-ramp-50", "no rollback, inconclusive"],
    ["errors-full-100", "serverErrors or errorRate"],
    ["no-metrics-full-100", "no rollback, inconclusive"],
  ]);
});

it("plays a fault at the stages that its script names", () => {
  expect(scenariosOf(["errors"]).map(({ at }) => at)).toEqual(["canary-5", "ramp-20", "ramp-50", "full-100"]);
  expect(() => scenariosOf(["nonsense"])).toThrow(/no fault "nonsense"; there are errors, /);
});

it("scores a rehearsal by its summary, with both times, or with the verdict where nothing rolled back", () => {
  const rolledBack = {
    ok: true,
    problems: [],
    stages: [{ stage: "canary-5", verdict: "rolledBack" }],
    rollbacks: [{ cause: "rlsLeak", causeToCondition: 20, conditionToDown: 19 }],
  } as unknown as Seen;
  expect(scoreOf(rolledBack)).toEqual({
    ok: true,
    outcome: "rlsLeak",
    causeToCondition: 20,
    conditionToDown: 19,
    problems: [],
  });
  const held = { ...rolledBack, rollbacks: [], stages: [{ verdict: "inconclusive" }] } as unknown as Seen;
  expect(scoreOf(held)).toMatchObject({ ok: true, outcome: "inconclusive", causeToCondition: undefined });
});

it("says what the record of a rollback is not asked for, and why", () => {
  expect(notAskedLines({ contacts: "they are gone", logs: "there are none" })).toEqual([
    "not asked of the record: what each contact was told (they are gone)",
    "not asked of the record: collected logs (there are none)",
  ]);
  expect(notAskedLines()).toEqual([]);
});
