/** Asks every rule about every resource of an environment. */
import { type EnvironmentName, type LayerName, layers } from "../naming.ts";
import { keyOf, type PlannedResource } from "../preview/graph.ts";
import { type LayerPlans, type LayersRequest, planAtBothEnds } from "../preview/layers.ts";
import { readStackConfig } from "../preview/stack-config.ts";
import { catalogue } from "./catalogue.ts";
import type { Rule, Surroundings } from "./rule.ts";

export type LayerResources = Readonly<Record<LayerName, readonly PlannedResource[]>>;

/** An environment as the rules see it. */
export interface Judged {
  readonly environment: EnvironmentName;
  readonly layers: LayerResources;
  /** The same environment at another stage. */
  readonly otherStage: LayerResources;
  readonly protectData: boolean;
}

export interface Finding {
  readonly rule: string;
  readonly layer: LayerName;
  readonly type: string;
  readonly name: string;
  readonly message: string;
  readonly property: string;
}

export interface Evaluation {
  readonly findings: readonly Finding[];
  /** How many resources each rule applied to, by its id. */
  readonly applied: Readonly<Record<string, number>>;
}

function resourcesOf(plans: LayerPlans): LayerResources {
  const of = (layer: LayerName) => [layer, plans[layer].graph.resources] as const;
  return Object.fromEntries(layers.map(of)) as Record<LayerName, readonly PlannedResource[]>;
}

/** Plans an environment at both ends of the rollout plan. Throws PlanFailed, StackConfigUnreadable. */
export async function judgedEnvironment(request: LayersRequest): Promise<Judged> {
  const { first, last } = await planAtBothEnds(request);
  const { environment, stacksDirectory } = request;
  const protects = (layer: LayerName) =>
    readStackConfig(`${environment}-${layer}`, stacksDirectory)["part-lens:protectData"] === "true";
  return {
    environment,
    layers: resourcesOf(first),
    otherStage: resourcesOf(last),
    protectData: protects("foundation") || protects("service"),
  };
}

function surroundingsOf(judged: Judged, layer: LayerName): Surroundings {
  const others = new Map(judged.otherStage[layer].map((resource) => [keyOf(resource), resource]));
  return {
    environment: judged.environment,
    layer,
    resources: layers.flatMap((name) => judged.layers[name]),
    ownLayer: judged.layers[layer],
    protectData: judged.protectData,
    atOtherStage: (resource) => others.get(keyOf(resource)),
  };
}

/** `rules`: default all. */
export function evaluate(judged: Judged, rules: readonly Rule[] = catalogue): Evaluation {
  const findings: Finding[] = [];
  const applied = Object.fromEntries(rules.map(({ id }) => [id, 0]));
  for (const layer of layers) {
    const around = surroundingsOf(judged, layer);
    for (const resource of judged.layers[layer]) {
      for (const rule of rules) {
        const found = rule.judge(resource, around);
        if (found.answer !== "notApplicable") applied[rule.id] = (applied[rule.id] ?? 0) + 1;
        if (found.answer !== "violation") continue;
        const { type, name } = resource;
        const { message, property } = found;
        findings.push({ rule: rule.id, layer, type, name, message, property });
      }
    }
  }
  return { findings, applied };
}
