import { describe, expect, it } from "vitest";
import { exposureBefore } from "../../../monitoring/incident/exposure-before.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";

const at = (minute: number) => `2026-11-23T12:${`${minute}`.padStart(2, "0")}:00.000Z`;
const advanced = (minute: number, to: "canary-5" | "ramp-20", cohort: string[]): RolloutEvent => ({
  kind: "advanced",
  at: at(minute),
  actor: "ada",
  to,
  cohort,
});
const rolledBack = (minute: number, to: "off" | "canary-5"): RolloutEvent => ({
  kind: "rolledBack",
  at: at(minute),
  actor: "judge",
  to,
  cause: "errorRate",
  alsoFiring: [],
});

const up = [advanced(0, "canary-5", ["a"]), advanced(10, "ramp-20", ["a", "b"])];

describe("who was on v2 before a rollback", () => {
  it.each([
    { what: "the stage that was left by this rollback", events: [...up, rolledBack(20, "off")], until: 20 },
    {
      what: "a stage whose alarm was recorded a little later",
      events: [...up, rolledBack(21, "off")],
      until: 20,
    },
    { what: "a stage of which nothing else is recorded yet", events: up, until: 20 },
  ])("are those of $what", ({ events, until }) => {
    const found = exposureBefore(events, Date.parse(at(until)));
    expect(found).toEqual({ since: at(10), stage: "ramp-20", cohort: ["a", "b"] });
  });

  it("are those of the stage that an earlier rollback went back to, since then", () => {
    const events = [...up, rolledBack(20, "canary-5"), rolledBack(30, "off")];
    const found = exposureBefore(events, Date.parse(at(30)));
    expect(found).toEqual({ since: at(20), stage: "canary-5", cohort: ["a"] });
  });

  it("is nobody at off, and not known without a move", () => {
    const until = Date.parse(at(30));
    expect(exposureBefore([...up, rolledBack(20, "off")], until)).toBeUndefined();
    expect(exposureBefore([], until)).toBeUndefined();
  });
});
