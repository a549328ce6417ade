/**
 * The program and the policy pack on Pulumi's real engine, where its CLI is on PATH. The providers are stand-ins that
 * accept everything: what the engine asks them to make must be what the plan without a cloud has.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LayerName, layers } from "../../../infra/naming.ts";
import { isProvider, keyOf, type PlannedResource } from "../../../infra/preview/graph.ts";
import { referencesIn } from "../../../infra/preview/reference.ts";
import { findPulumi } from "../../../infra/update/pulumi-cli.ts";
import { type PlannedEnvironment, plannedEnvironment } from "../../support/planned-environment.ts";
import { type EnginePreview, type EngineStep, pulumiPreview } from "./pulumi-preview.ts";
import { type StandInProvider, startStandInProvider } from "./stand-in-provider.ts";

const pulumi = findPulumi();
if (!pulumi) console.log('skipped, no preview on the real engine: no "pulumi" on PATH');
const limit = 600_000;

/** Type and name, as the plan has it. */
function keyOfUrn(urn = ""): string {
  const [, , types = "", name = ""] = urn.split("::");
  return keyOf({ type: types.split("$").at(-1) ?? "", name });
}

const made = (steps: readonly EngineStep[]) =>
  steps.filter(({ newState }) => newState && !newState.type.startsWith("pulumi:pulumi:"));

function stepView({ urn, newState }: EngineStep) {
  const parent = keyOfUrn(newState?.parent);
  return {
    key: keyOfUrn(urn),
    parent: parent.startsWith("pulumi:pulumi:Stack") ? undefined : parent,
    protect: newState?.protect ?? false,
  };
}

const planView = (resource: PlannedResource) => {
  return { key: keyOf(resource), parent: resource.parent, protect: resource.protect };
};

const byKey = (one: { key: string }, other: { key: string }) => (one.key < other.key ? -1 : 1);

/** The names of the inputs that hang on nothing unknown and that the engine shows: no archive, no secret. */
function certain(planned: PlannedResource["inputs"], given: PlannedResource["inputs"]): string[] {
  const names = Object.keys(planned).filter((name) => name !== "code" && given[name] !== "[secret]");
  return names.filter((name) => referencesIn(planned[name]).length === 0);
}

const only = (inputs: PlannedResource["inputs"], names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, inputs[name]]));

describe.skipIf(!pulumi)("on the real engine", () => {
  let provider: StandInProvider;
  let planned: PlannedEnvironment;
  const previews = {} as Record<LayerName, EnginePreview>;

  beforeAll(async () => {
    planned = await plannedEnvironment("dev");
    provider = await startStandInProvider({ region: "eu-west-1" });
    for (const [index, layer] of layers.entries()) {
      const before = layers.slice(0, index);
      previews[layer] = await pulumiPreview({
        pulumi: pulumi!,
        stack: `dev-${layer}`,
        providers: { aws: provider.port, postgresql: provider.port },
        referred: Object.fromEntries(before.map((name) => [`dev-${name}`, planned.layers[name].outputs])),
        policyPack: "infra/policies/pack",
      });
    }
  }, limit);
  afterAll(() => provider?.stop());

  it.each(layers)("the preview of dev's %s succeeds, and the policy pack refuses nothing", (layer) => {
    const { exitCode, printed } = previews[layer];
    expect(exitCode, printed.slice(-4000)).toBe(0);
  });

  it.each(layers)("the preview of dev's %s makes what the plan without a cloud has", (layer) => {
    const views = made(previews[layer].steps).map(stepView).sort(byKey);
    expect(views).toEqual(planned.layers[layer].graph.resources.map(planView).sort(byKey));
  });

  it.each(layers)("the engine is given the inputs in dev's %s that the plan has", (layer) => {
    const steps = new Map(made(previews[layer].steps).map((step) => [keyOfUrn(step.urn), step]));
    let compared = 0;
    for (const resource of planned.layers[layer].graph.resources) {
      if (!resource.custom || isProvider(resource.type)) continue;
      const given = steps.get(keyOf(resource))?.newState?.inputs ?? {};
      const names = certain(resource.inputs, given);
      compared += names.length;
      const [key, expected] = [keyOf(resource), only(resource.inputs, names)];
      expect({ key, ...only(given, names) }).toEqual({ key, ...expected });
    }
    expect(compared).toBeGreaterThan(0);
  });
});
