/** How long a step of the rollout takes: known delays and the bake, not the update itself. */
import { type StageName, stageOf } from "../../flags/plan.ts";
import { awsDelays } from "../../monitoring/aws-delays.ts";

export interface StageTime {
  /** From the start of the deployment until every warm function has the document, at worst. Seconds. */
  readonly exposedSeconds: number;
  /** From then on until the judge may look. Minutes. */
  readonly bakeMinutes: number;
}

export function stageTime(to: StageName): StageTime {
  return {
    exposedSeconds: awsDelays.deployment.seconds + awsDelays.poll.seconds,
    bakeMinutes: stageOf(to).bakeMinutes,
  };
}

/** In words, with what is not counted. */
export function stageTimeText(to: StageName): string {
  const { exposedSeconds, bakeMinutes } = stageTime(to);
  const bake = bakeMinutes === 0 ? "no bake" : `a bake of ${bakeMinutes} min`;
  const total = Math.ceil((exposedSeconds + bakeMinutes * 60) / 60);
  return `about ${total} min: up to ${exposedSeconds} s until every function has the document, then ${bake}. The Pulumi update itself is not counted.`;
}
