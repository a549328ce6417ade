import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import {
  applied,
  initialState,
  mayAdvance,
  type RolloutState,
  replay,
} from "../../../monitoring/rollout/state.ts";

const at = "2026-11-23T12:00:00.000Z";
const stamp = { at, actor: "ada" };
const stage = fc.constantFrom(...stageNames);
const yachts = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"));

const constants = { at: fc.constant(at), actor: fc.constant("ada") };
const moves: fc.Arbitrary<RolloutEvent> = fc.record({
  kind: fc.constant("advanced" as const),
  ...constants,
  to: stage,
  cohort: yachts,
});
const verdicts: fc.Arbitrary<RolloutEvent> = fc.record({
  kind: fc.constant("judged" as const),
  ...constants,
  stage,
  verdict: fc.constantFrom("pass" as const, "pass" as const, "fail" as const, "inconclusive" as const),
});
const rollbacks: fc.Arbitrary<RolloutEvent> = stage.map((to) => rolledBack(to));
const code = { version: 1, hash: "h", migrationHash: "m", tables: { master: 1, tenant: 1 } };
const others = fc.constantFrom<RolloutEvent>(
  { kind: "locked", ...stamp, cause: "manual" },
  { kind: "acknowledged", ...stamp, reason: "mended" },
  { kind: "codeRolledBack", ...stamp, from: code, to: code, cause: "manual" },
);
const anyEvent = fc.oneof(
  { weight: 4, arbitrary: moves },
  { weight: 4, arbitrary: verdicts },
  { weight: 1, arbitrary: rollbacks },
  { weight: 2, arbitrary: others },
);
const log = fc.array(anyEvent, { maxLength: 40 });

const advanced = (to: RolloutState["stage"], cohort: string[] = []): RolloutEvent => ({
  kind: "advanced",
  ...stamp,
  to,
  cohort,
});
const judged = (of: RolloutState["stage"], verdict: "pass" | "fail" | "inconclusive"): RolloutEvent => ({
  kind: "judged",
  ...stamp,
  stage: of,
  verdict,
});
const rolledBack = (to: RolloutState["stage"] = "off"): RolloutEvent => ({
  kind: "rolledBack",
  ...stamp,
  to,
  cause: "serverErrors",
  alsoFiring: [],
});
const toRamp20 = [advanced("canary-5", ["a"]), judged("canary-5", "pass"), advanced("ramp-20", ["a", "b"])];

describe("the rollout's state", () => {
  it("rises stage by stage with a passed verdict each, and remembers who is exposed", () => {
    const state = replay(toRamp20);
    expect(state).toMatchObject({ stage: "ramp-20", percent: 20, since: at, cohort: ["a", "b"] });
    expect(state.verdict).toBeUndefined();
    expect(state.lastMove).toEqual({ from: "canary-5", to: "ramp-20", actor: "ada", at });
  });

  it("returns to the cohort of the stage that it goes back to, locked", () => {
    const state = replay([...toRamp20, judged("ramp-20", "fail"), rolledBack("canary-5")]);
    expect(state).toMatchObject({
      stage: "canary-5",
      cohort: ["a"],
      lock: { cause: "serverErrors", to: "canary-5" },
    });
    expect(mayAdvance(state, "ramp-20")).toMatch(/locked since .* serverErrors.* acknowledge/);
  });

  it("may rise again once acknowledged, from the beginning", () => {
    const state = replay([...toRamp20, rolledBack(), { kind: "acknowledged", ...stamp, reason: "mended" }]);
    expect(state).toMatchObject({ stage: "off", percent: 0, cohort: [] });
    expect(mayAdvance(state, "canary-5")).toBeUndefined();
    expect(mayAdvance(state, "ramp-20")).toMatch(/skips a stage/);
  });

  it.each([
    { what: "no verdict", events: [], refusal: /no verdict yet/ },
    { what: "an inconclusive one", events: [judged("ramp-20", "inconclusive")], refusal: /inconclusive/ },
    { what: "a pass of another stage", events: [judged("canary-5", "pass")], refusal: /no verdict yet/ },
    {
      what: "a pass after a fail",
      events: [judged("ramp-20", "fail"), judged("ramp-20", "pass")],
      refusal: /fail/,
    },
  ])("is not raised with $what", ({ events, refusal }) => {
    const state = replay([...toRamp20, ...events]);
    expect(mayAdvance(state, "ramp-50")).toMatch(refusal);
    expect(applied(state, advanced("ramp-50")).stage).toBe("ramp-20");
  });

  it("reaches 0 by one rollback from any state", () => {
    fc.assert(
      fc.property(log, (events) => {
        const state = applied(replay(events), rolledBack("off"));
        expect(state).toMatchObject({
          stage: "off",
          percent: 0,
          cohort: [],
          lock: { cause: "serverErrors" },
        });
      }),
    );
  });

  it("is raised by no order of events past a lock, an unpassed verdict or a stage", () => {
    fc.assert(
      fc.property(log, (events) => {
        let state = initialState;
        for (const event of events) {
          const next = applied(state, event);
          if (next.percent > state.percent) {
            expect(event.kind).toBe("advanced");
            expect(state.lock).toBeUndefined();
            expect(stageNames.indexOf(next.stage)).toBe(stageNames.indexOf(state.stage) + 1);
            if (state.stage !== "off") expect(state.verdict).toBe("pass");
          }
          if (event.kind === "rolledBack") expect(next.lock).toBeDefined();
          expect(next.percent).toBe(stageOf(next.stage).percent);
          expect(next.percent === 0 ? next.cohort : []).toEqual([]);
          state = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never refuses to go down", () => {
    fc.assert(
      fc.property(log, stage, (events, to) => {
        const state = replay(events);
        fc.pre(stageOf(to).percent < state.percent);
        expect(mayAdvance(state, to)).toBeUndefined();
        expect(applied(state, advanced(to)).stage).toBe(to);
      }),
    );
  });

  it("is the same for the same log, read at once or in two parts", () => {
    fc.assert(
      fc.property(log, log, (first, second) => {
        expect(replay(second, replay(first))).toEqual(replay([...first, ...second]));
      }),
    );
  });

  it("keeps every event in its history, refused ones too", () => {
    const events = [advanced("full-100"), judged("off", "pass")];
    expect(replay(events).history).toEqual(events);
  });
});
