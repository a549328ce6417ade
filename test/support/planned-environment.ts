/** The whole program of one environment, planned under mocks: the graphs and outputs of its three layers. */
import { plan as stages } from "../../flags/plan.ts";
import program from "../../infra/index.ts";
import { type EnvironmentName, type LayerName, layers, project } from "../../infra/naming.ts";
import type { Graph, PlannedResource } from "../../infra/preview/graph.ts";
import { type Plan, plan } from "../../infra/preview/plan.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";
import { parameterPath } from "../../monitoring/rollout/projection.ts";

/** Settings that differ from the stack file, by full key. */
export type Overrides = Readonly<Record<string, string>>;

export interface PlannedEnvironment {
  readonly layers: Readonly<Record<LayerName, Plan>>;
  /** All resources of the three layers. */
  readonly resources: readonly PlannedResource[];
}

/** Plans one layer on the outputs of those before. */
export async function plannedLayer(
  environment: EnvironmentName,
  layer: LayerName,
  before: Partial<Record<LayerName, Plan>>,
  options: { overrides?: Overrides; parameters?: Readonly<Record<string, string>> } = {},
): Promise<Plan> {
  const stack = `${environment}-${layer}`;
  return plan({
    project,
    stack,
    program,
    config: { ...readStackConfig(stack), ...options.overrides },
    stackOutputs: (name) => before[name.split("-").at(-1) as LayerName]?.outputs,
    ...(options.parameters && { parameters: options.parameters }),
  });
}

/** Plans all three layers, the rollout at the stage of its stack file. `overrides`: of the layers' settings. */
export async function plannedEnvironment(
  environment: EnvironmentName,
  overrides: Partial<Record<LayerName, Overrides>> = {},
): Promise<PlannedEnvironment> {
  const planned: Partial<Record<LayerName, Plan>> = {};
  for (const layer of layers)
    planned[layer] = await plannedLayer(environment, layer, planned, { overrides: overrides[layer] ?? {} });
  const done = planned as Record<LayerName, Plan>;
  return { layers: done, resources: layers.flatMap((layer) => done[layer].graph.resources) };
}

/** The rollout layer at every stage of the plan in turn, each recorded as an advance from the one before. */
export async function plannedStages(environment: EnvironmentName, before: PlannedEnvironment["layers"]) {
  const planned: Record<string, Plan> = {};
  let from = "off";
  let cohort: unknown = [];
  for (const { stage } of stages) {
    const options = {
      overrides: { [`${project}:rolloutStage`]: stage },
      parameters: advanceRecord(environment, from, stage, cohort),
    };
    const rollout = await plannedLayer(environment, "rollout", before, options);
    planned[stage] = rollout;
    from = stage;
    cohort = rollout.outputs.cohort;
  }
  return planned;
}

/** The live state that lets a stage be deployed: unlocked, and advanced to it. */
export function advanceRecord(environment: string, from: string, to: string, cohort: unknown) {
  const path = parameterPath(environment);
  const advance = { from, to, actor: "test", at: "2026-01-01T00:00:00.000Z" };
  return {
    [`${path}lock`]: JSON.stringify({ locked: false }),
    [`${path}advance`]: JSON.stringify(advance),
    [`${path}cohort`]: JSON.stringify(cohort),
  };
}

/** The resources of that type. */
export function ofType(graph: Pick<Graph, "resources">, type: string): PlannedResource[] {
  return graph.resources.filter((resource) => resource.type === type);
}

/** The one resource of that type and name. Throws when there is none. */
export function the(graph: Pick<Graph, "resources">, type: string, name: string): PlannedResource {
  const found = ofType(graph, type).find((resource) => resource.name === name);
  if (!found) throw new Error(`no ${type} is named ${name}`);
  return found;
}

/** How many resources there are of each type, components left out. */
export function countsByType(resources: readonly PlannedResource[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { custom, type } of resources) if (custom) counts[type] = (counts[type] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
