import { beforeAll, describe, expect, it } from "vitest";
import { plan as stages } from "../../flags/plan.ts";
import { canonicalJson, keyOf } from "../../infra/preview/graph.ts";
import type { Plan } from "../../infra/preview/plan.ts";
import {
  advanceRecord,
  type PlannedEnvironment,
  plannedEnvironment,
  plannedLayer,
  plannedStages,
  the,
} from "../support/planned-environment.ts";

const hostedVersionType = "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion";
const deploymentType = "aws:appconfig/deployment:Deployment";

describe("a rollout stage", () => {
  let prod: PlannedEnvironment;
  let planned: Record<string, Plan>;

  beforeAll(async () => {
    prod = await plannedEnvironment("prod");
    planned = await plannedStages("prod", prod.layers);
  });

  it("changes two resources between any two stages: the document's version and its deployment", () => {
    const inputsOf = (stage: string) =>
      new Map(planned[stage]!.graph.resources.map((resource) => [keyOf(resource), canonicalJson(resource)]));
    for (const from of stages) {
      for (const to of stages) {
        const before = inputsOf(from.stage);
        const after = inputsOf(to.stage);
        expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
        const changed = [...after.keys()].filter((key) => after.get(key) !== before.get(key)).sort();
        const expected = from === to ? [] : [`${deploymentType}::rollout`, `${hostedVersionType}::rollout`];
        expect(changed).toEqual(expected);
      }
    }
  });

  it("changes nothing in the other layers, whatever the stage is", async () => {
    const overrides = { "part-lens:rolloutStage": "full-100" };
    const foundation = await plannedLayer("prod", "foundation", {}, { overrides });
    const service = await plannedLayer("prod", "service", prod.layers, { overrides });
    // In whatever order they were registered.
    const byKey = ({ graph }: Plan) =>
      new Map(graph.resources.map((made) => [keyOf(made), canonicalJson(made)]));
    expect(byKey(foundation)).toEqual(byKey(prod.layers.foundation));
    expect(byKey(service)).toEqual(byKey(prod.layers.service));
  });

  it("exposes the plan's share of the yachts, pilots first and none that is held out", () => {
    const { fleet } = prod.layers.service.outputs as { fleet: { yachts: { id: string; name: string }[] } };
    const named = (stage: string) =>
      (planned[stage]!.outputs.cohort as string[]).map((id) => fleet.yachts.find((y) => y.id === id)!.name);
    expect(fleet.yachts).toHaveLength(40);
    expect(stages.map(({ stage }) => named(stage).length)).toEqual([0, 2, 8, 20, 39]);
    expect(named("canary-5").sort()).toEqual(["Meltemi", "Seahorse"]);
    expect(named("full-100")).not.toContain("Santa Perpetua");
  });

  it("keeps replaced versions and never frees their numbers", () => {
    const versions = [...prod.resources, ...planned["ramp-20"]!.graph.resources].filter(
      ({ type }) => type === hostedVersionType,
    );
    expect(versions).toHaveLength(4);
    for (const version of versions) {
      expect(version).toMatchObject({ retainOnDelete: true, deleteBeforeReplace: false });
    }
  });

  it("is baked as long as the plan says", () => {
    const strategyOf = (stage: string) => the(planned[stage]!.graph, deploymentType, "rollout").inputs;
    for (const { stage, bakeMinutes } of stages) {
      const id = `\${ref:aws:appconfig/deploymentStrategy:DeploymentStrategy::bake-${bakeMinutes}::id}`;
      expect(strategyOf(stage).deploymentStrategyId).toBe(id);
    }
  });

  const refused = "is refused";
  const raise = { "part-lens:rolloutStage": "canary-5" };

  it("is refused when nobody advanced the rollout to it", async () => {
    const update = plannedLayer("prod", "rollout", prod.layers, { overrides: raise, parameters: {} });
    await expect(update).rejects.toThrow(refused);
  });

  it("is refused while the rollout is locked, even when it was advanced", async () => {
    const parameters = {
      ...advanceRecord("prod", "off", "canary-5", []),
      "/part-lens/prod/rollout/lock": JSON.stringify({
        locked: true,
        cause: "rlsLeak",
        at: "2026-01-01T00:00:00Z",
      }),
    };
    const update = plannedLayer("prod", "rollout", prod.layers, { overrides: raise, parameters });
    await expect(update).rejects.toThrow(refused);
  });

  it("is never refused when it is off, locked or not", async () => {
    const lock = JSON.stringify({ locked: true, cause: "rlsLeak", at: "2026-01-01T00:00:00Z" });
    const parameters = { "/part-lens/prod/rollout/lock": lock };
    const update = await plannedLayer("prod", "rollout", prod.layers, { parameters });
    expect(update.outputs).toMatchObject({ stage: "off", cohort: [] });
  });
});
