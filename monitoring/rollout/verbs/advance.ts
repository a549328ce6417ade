import { type CohortYacht, cohortOf } from "../../../flags/cohort.ts";
import { type StageName, stageOf } from "../../../flags/plan.ts";
import type { LiveView } from "../live-view.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import { obstacles } from "../preflight.ts";
import type { DatabasesSeen } from "../service-checks.ts";
import { nextStage, type RolloutState } from "../state.ts";
import { type Caller, type Decision, stampOf } from "./decision.ts";

export interface AdvanceInput {
  /** Default: the next stage. */
  readonly to?: StageName | undefined;
  readonly yachts: readonly CohortYacht[];
  /** Given, a stage that cannot be proven at it is refused. */
  readonly traffic?: ExpectedTraffic | undefined;
  readonly databases?: DatabasesSeen | undefined;
}

/** One stage up, if nothing at all stands against it. The refusal names everything that does. */
export function advance(state: RolloutState, live: LiveView, caller: Caller, input: AdvanceInput): Decision {
  const to = input.to ?? nextStage(state);
  if (!to)
    return { refused: `the rollout is at ${state.stage}, the last stage: there is nothing to advance to` };
  const { runner } = caller;
  const missing = obstacles({ state, live, to, runner, traffic: input.traffic, databases: input.databases });
  if (missing.length > 0) return { refused: missing.join("\n") };
  const { percent } = stageOf(to);
  const cohort = cohortOf({ percent, yachts: input.yachts, previous: [...state.cohort] });
  return {
    events: [{ kind: "advanced", ...stampOf(caller), to, cohort, ...(runner && { runner }) }],
    text: `from ${state.stage} to ${to}: ${cohort.length} of ${input.yachts.length} yachts on v2`,
  };
}
