import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cohortOf } from "../../../flags/cohort.ts";
import { stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import {
  MalformedParameterError,
  mayDeploy,
  plannedCohort,
  projectionFrom,
  projectionOf,
  projectionParameters,
} from "../../../monitoring/rollout/projection.ts";
import { replay } from "../../../monitoring/rollout/state.ts";

const stamp = { at: "2026-11-23T12:00:00.000Z", actor: "ada" };
const yachts = Array.from({ length: 20 }, (_, i) => ({ id: `yacht-${i}` }));

/** A rollout that went up to that stage, each stage passed. */
function upTo(stage: (typeof stageNames)[number]): RolloutEvent[] {
  const events: RolloutEvent[] = [];
  let cohort: string[] = [];
  for (const to of stageNames.slice(1, stageNames.indexOf(stage) + 1)) {
    cohort = cohortOf({ percent: stageOf(to).percent, yachts, previous: cohort });
    events.push(
      { kind: "advanced", ...stamp, to, cohort },
      { kind: "judged", ...stamp, stage: to, verdict: "pass" },
    );
  }
  return events;
}
const rolledBack = (to: (typeof stageNames)[number]): RolloutEvent => ({
  kind: "rolledBack",
  ...stamp,
  to,
  cause: "rlsLeak",
  alsoFiring: [],
});
const projected = (events: readonly RolloutEvent[]) => projectionOf(replay(events));
const deployable = (projection: ReturnType<typeof projected>) =>
  stageNames.filter((stage) => mayDeploy(stage, projection) === undefined);

describe("the projection", () => {
  it("comes back from its parameters as it went in", () => {
    for (const events of [[], upTo("ramp-50"), [...upTo("ramp-50"), rolledBack("off")]]) {
      const projection = projected(events);
      expect(projectionFrom("prod", projectionParameters("prod", projection))).toEqual(projection);
    }
  });

  it("is never raised, unlocked and empty where there are no parameters yet", () => {
    expect(projectionFrom("prod", {})).toEqual({ lock: { locked: false }, cohort: [] });
    expect(projectionFrom("prod", projectionParameters("dev", projected(upTo("ramp-20"))))).toEqual(
      projectionFrom("prod", {}),
    );
  });

  it("takes a lock without a stage, as the rollback function may write it, for one at off", () => {
    const lock = { locked: true, cause: "rlsLeak", at: stamp.at };
    const parameters = {
      ...projectionParameters("prod", projected(upTo("ramp-50"))),
      "/part-lens/prod/rollout/lock": JSON.stringify(lock),
    };
    expect(deployable(projectionFrom("prod", parameters))).toEqual(["off"]);
  });

  it("refuses a parameter that is not what it should be, by name", () => {
    const parameters = { "/part-lens/prod/rollout/lock": '{"locked":"yes"}' };
    expect(() => projectionFrom("prod", parameters)).toThrow(MalformedParameterError);
    expect(() => projectionFrom("prod", parameters)).toThrow("/part-lens/prod/rollout/lock");
  });
});

describe("what may be deployed", () => {
  it.each([
    { what: "nothing recorded", events: [], stages: ["off"] },
    { what: "an advance to ramp-20", events: upTo("ramp-20"), stages: ["off", "canary-5", "ramp-20"] },
    { what: "a rollback to off", events: [...upTo("ramp-50"), rolledBack("off")], stages: ["off"] },
    {
      what: "a rollback to the stage before",
      events: [...upTo("ramp-50"), rolledBack("ramp-20")],
      stages: ["off", "canary-5", "ramp-20"],
    },
    {
      what: "a rollback to off that was acknowledged: nothing rises without a new advance",
      events: [
        ...upTo("ramp-50"),
        rolledBack("off"),
        { kind: "acknowledged" as const, ...stamp, reason: "mended" },
      ],
      stages: ["off"],
    },
  ])("with $what is $stages", ({ events, stages }) => {
    expect(deployable(projected(events))).toEqual(stages);
  });

  it("is never above the state that the log gives, whatever happened", () => {
    const event = fc.oneof(
      fc.constantFrom(...stageNames).map(rolledBack),
      fc.constantFrom(...upTo("full-100")),
      fc.constant<RolloutEvent>({ kind: "locked", ...stamp, cause: "manual" }),
      fc.constant<RolloutEvent>({ kind: "acknowledged", ...stamp, reason: "mended" }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const state = replay(events);
        const highest = deployable(projectionOf(state)).at(-1)!;
        expect(highest).toBe(state.stage);
      }),
    );
  });

  it("says what to do: acknowledge a lock, record an advance", () => {
    expect(mayDeploy("ramp-50", projected([...upTo("ramp-50"), rolledBack("off")]))).toMatch(
      /rlsLeak.*acknowledge/,
    );
    expect(mayDeploy("ramp-50", projected(upTo("ramp-20")))).toMatch(/no advance to ramp-50 is recorded/);
  });

  it("is not refused where the live state was not read", () => {
    expect(mayDeploy("full-100", undefined)).toBeUndefined();
  });
});

describe("the planned cohort", () => {
  it("of a new stage grows from the recorded one", () => {
    const projection = projected(upTo("canary-5"));
    const cohort = plannedCohort("ramp-20", yachts, projection);
    expect(cohort).toHaveLength(4);
    expect(cohort).toEqual(expect.arrayContaining([...projection.cohort]));
  });

  it("of the running stage is the recorded one, though a yacht was added since", () => {
    const projection = projected(upTo("canary-5"));
    const grown = [...yachts, { id: "new", pilot: true }];
    expect(plannedCohort("canary-5", grown, projection)).toEqual(projection.cohort);
    expect(plannedCohort("ramp-20", grown, projection)).toContain("new");
  });

  it("without live state is taken from the fleet alone", () => {
    expect(plannedCohort("ramp-20", yachts, undefined)).toEqual(cohortOf({ percent: 20, yachts }));
  });
});

describe("the pin", () => {
  const pinned = {
    "/part-lens/prod/rollout/pin": JSON.stringify({ pinned: true, cause: "rlsLeak", at: stamp.at }),
  };
  const running = projectionParameters("prod", projected(upTo("ramp-20")));

  it("lets nothing above off be deployed, although nobody locked the rollout", () => {
    expect(deployable(projectionFrom("prod", running))).toEqual(["off", "canary-5", "ramp-20"]);
    const held = projectionFrom("prod", { ...running, ...pinned });
    expect(deployable(held)).toEqual(["off"]);
    expect(mayDeploy("canary-5", held)).toMatch(
      /canary-5 is refused: v1 answers everyone .* because of rlsLeak/,
    );
  });

  it("taken back, refuses nothing", () => {
    const open = { "/part-lens/prod/rollout/pin": '{"pinned":false}' };
    expect(deployable(projectionFrom("prod", { ...running, ...open }))).toEqual([
      "off",
      "canary-5",
      "ramp-20",
    ]);
  });

  it("with a record that is malformed stops everything", () => {
    const torn = { "/part-lens/prod/rollout/pin": '{"pinned":"yes"}' };
    expect(() => projectionFrom("prod", torn)).toThrow(MalformedParameterError);
  });
});
