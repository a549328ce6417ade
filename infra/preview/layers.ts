/** Plans the three layers of an environment at a stage, each fed with the outputs of those before, without a cloud. */
import { type StageName, stageNames } from "../../flags/plan.ts";
import { projectionParameters } from "../../monitoring/rollout/projection.ts";
import { type EnvironmentName, type LayerName, layers, project } from "../naming.ts";
import { type Outputs, type Plan, type Program, plan } from "./plan.ts";
import { readStackConfig } from "./stack-config.ts";

export type LayerPlans = Readonly<Record<LayerName, Plan>>;

export interface LayersRequest {
  readonly environment: EnvironmentName;
  readonly program: Program;
  /** Default infra/stacks. */
  readonly stacksDirectory?: string;
}

/** The step of the rollout that is looked at, and who is exposed before it. */
interface Step {
  readonly from: StageName;
  readonly to: StageName;
  readonly cohort: readonly string[];
}

/** Stands for the live state, which a preview does not read: the step is allowed, the cohort is the plan's own. */
function inventedState(environment: string, { from, to, cohort }: Step): Record<string, string> {
  const advance = { from, to, actor: "preview", at: new Date(0).toISOString() };
  return projectionParameters(environment, { lock: { locked: false }, advance, cohort });
}

async function planStep(request: LayersRequest, step: Step, wanted: readonly LayerName[], known: Outputs[]) {
  const outputs = new Map<LayerName, Outputs>(
    known.map((output, index) => [layers[index] as LayerName, output]),
  );
  const plans: Partial<Record<LayerName, Plan>> = {};
  for (const layer of wanted) {
    const stack = `${request.environment}-${layer}`;
    const config = readStackConfig(stack, request.stacksDirectory);
    const made = await plan({
      project,
      stack,
      // Given to every layer: one that reads it shows as touched by a step of the rollout.
      config: { ...config, [`${project}:rolloutStage`]: step.to },
      program: request.program,
      stackOutputs: (name) => outputs.get(name.slice(name.lastIndexOf("-") + 1) as LayerName),
      parameters: inventedState(request.environment, step),
    });
    outputs.set(layer, made.outputs);
    plans[layer] = made;
  }
  return plans;
}

export function cohortOf(plans: Partial<LayerPlans>): string[] {
  return (plans.rollout?.outputs.cohort ?? []) as string[];
}

/**
 * All three layers at a stage that was reached step by step from the first: who is exposed depends on who was
 * before, as each cohort starts from the previous one.
 */
export async function planAtStage(request: LayersRequest, stage: StageName): Promise<LayerPlans> {
  const first = stageNames[0] as StageName;
  const way = stageNames.slice(0, stageNames.indexOf(stage) + 1);
  let step: Step = { from: first, to: first, cohort: [] };
  let plans = (await planStep(request, step, layers, [])) as LayerPlans;
  for (const to of way.slice(1)) {
    step = { from: step.to, to, cohort: cohortOf(plans) };
    const known = [plans.foundation.outputs, plans.service.outputs];
    plans = { ...plans, ...(await planStep(request, step, ["rollout"], known)) };
  }
  if (way.length === 1) return plans;
  // The other layers once more, at this stage: that they stay the same is seen, not supposed.
  return { ...plans, ...(await planStep(request, step, ["foundation", "service"], [])) };
}

/** All three layers at the first and, with nobody in between, at the last stage of the plan. */
export async function planAtBothEnds(
  request: LayersRequest,
): Promise<{ first: LayerPlans; last: LayerPlans }> {
  const [from, to] = [stageNames[0], stageNames.at(-1)] as [StageName, StageName];
  const first = (await planStep(request, { from, to: from, cohort: [] }, layers, [])) as LayerPlans;
  const step = { from, to, cohort: cohortOf(first) };
  return { first, last: (await planStep(request, step, layers, [])) as LayerPlans };
}
