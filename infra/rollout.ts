/** The rollout layer: the flag document of the stage and its deployment, nothing else. */
import { holdOutsOf } from "../flags/cohort.ts";
import { documentHash, rolloutDocument } from "../flags/document.ts";
import { stageOf } from "../flags/plan.ts";
import { RolloutDeployment } from "../flags/rollout-deployment.ts";
import { accountProvider } from "./account.ts";
import { rolloutConfig } from "./config.ts";
import type { Fleet } from "./database/migration.ts";
import { LayerOutputs } from "./layer-outputs.ts";
import { allowedCohort, liveState } from "./live-state.ts";
import type { StackName } from "./naming.ts";

export async function rollout(stack: StackName) {
  const config = rolloutConfig(stack);
  const { rolloutStage: stage } = config;
  const provider = accountProvider(stack, config);

  const service = new LayerOutputs(stack, "service");
  const fleet = service.get<Fleet>("fleet");
  const cohort = allowedCohort(stage, fleet, liveState(stack.environment, provider));
  const document = cohort.apply((ids) => fleet.apply(({ yachts }) => documentOf(stage, ids, yachts)));

  const flags = service.get<DeployedFlags>("flags");
  const { applicationId, environmentId, profileId } = flags.rollout;
  const strategyId = flags.strategyIds.apply((ids) => ids[stageOf(stage).bakeMinutes]!);
  const place = { applicationId, environmentId, profileId, strategyId };
  new RolloutDeployment("rollout", { ...place, stage, document }, { providers: [provider] });

  return { stage, flagHash: document.apply(documentHash), cohort };
}

/** The service layer's output `flags`, as far as a stage needs it. */
interface DeployedFlags {
  readonly rollout: {
    readonly applicationId: string;
    readonly environmentId: string;
    readonly profileId: string;
  };
  readonly strategyIds: Readonly<Record<string, string>>;
}

function documentOf(stage: string, cohort: readonly string[], yachts: Fleet["yachts"]): string {
  return rolloutDocument({ stage, cohort, holdOuts: holdOutsOf(yachts) });
}
