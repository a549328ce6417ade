import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { denied } from "../../../infra/local/faults/ways-down.ts";
import { play } from "../../../infra/local/matrix/play.ts";
import { type Scenario, scenariosOf } from "../../../infra/local/matrix/scenarios.ts";
import { Stages } from "../../../infra/local/matrix/stages.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-rehearsed-"));
const seed = "part-lens";
const stages = new Stages({
  directory,
  seed,
  inventory: "infra/local/rehearsal/sample-inventory.csv",
  keyDirectory: resolve(".part-lens/keys"),
});
afterAll(async () => {
  await stages.discard();
  rmSync(directory, { recursive: true, force: true });
});

const limit = 600_000;

/** One of each kind; the full matrix plays them all. */
const handful = [
  ["errors", "ramp-50", "in the handlers"],
  ["rls-leak", "canary-5", "in one answer"],
  ["orphaned-transaction", "canary-5", "in the data"],
  ["policy-dropped", "canary-5", "in row security"],
  ["kill-switch-broken", "canary-5", "with a way down"],
  ["pin-broken", "canary-5", "with the other way down"],
] as const satisfies readonly (readonly [string, Scenario["at"], string])[];

describe("a scenario against the API itself, one after the other on the same stack", () => {
  it.each(handful)(
    "%s at %s, something wrong %s, rolls back to 0 within 60 s of its alarm",
    async (fault, at) => {
      const [scenario] = scenariosOf([fault], at) as [Scenario];
      const scored = await play(scenario, stages, { directory, seed });
      expect(scored.problems).toEqual([]);
      expect(scored.ok).toBe(true);
      expect(scored.conditionToDown).toBeLessThan(60);
    },
    limit,
  );

  it.each([
    ["kill-switch-broken", "pin"],
    ["pin-broken", "killSwitch"],
  ])("left to one way down, %s comes down by the %s", (fault, way) => {
    const summary = JSON.parse(readFileSync(join(directory, `${fault}-canary-5`, "summary.json"), "utf8"));
    expect(summary.rollbacks).toEqual([expect.objectContaining({ way, toStage: "off" })]);
  });

  it(
    "is missed when the rollback function may not read the logs that it is to collect",
    async () => {
      const [scenario] = scenariosOf(["rls-leak"], "canary-5") as [Scenario];
      const stage = await stages.stageFor(scenario);
      const { apply, clear } = denied("logs", "rollback");
      await apply(stage.stack);
      const place = { directory: join(directory, "denied"), seed };
      const { ok, problems } = await play(scenario, { stageFor: async () => stage }, place);
      await clear(stage.stack);
      expect(problems).toEqual([expect.stringMatching(/not whole: .*not collected: logs, AccessDenied/)]);
      expect(ok).toBe(false);
    },
    limit,
  );
});
