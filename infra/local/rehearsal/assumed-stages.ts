import { type CohortYacht, cohortOf } from "../../../flags/cohort.ts";
import { type StageName, stageOf } from "../../../flags/plan.ts";
import type { LocalRollout } from "../local-rollout.ts";

export interface Assumed {
  readonly rollout: Pick<LocalRollout, "record">;
  /** From the first stage above off on, in the plan's order. */
  readonly stages: readonly StageName[];
  readonly yachts: readonly CohortYacht[];
  readonly now: () => number;
}

/** A scenario starts at its own stage: those before it stand in the log as passed, and nobody went through them. */
export async function assumePassed({ rollout, stages, yachts, now }: Assumed): Promise<void> {
  let previous: readonly string[] = [];
  for (const stage of stages) {
    const cohort = cohortOf({ percent: stageOf(stage).percent, yachts, previous });
    const stamp = { at: new Date(now()).toISOString(), actor: "rehearsal" };
    await rollout.record({ kind: "advanced", ...stamp, to: stage, cohort });
    const details = "assumed: the scenario starts at a later stage";
    await rollout.record({ kind: "judged", ...stamp, stage, verdict: "pass", details });
    previous = cohort;
  }
}
