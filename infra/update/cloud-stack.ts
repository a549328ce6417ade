import type { StackUpdates } from "../../monitoring/rollout/aws/cloud-place.ts";
import type { Fleet } from "../database/migration.ts";
import type { EnvironmentName, LayerName } from "../naming.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";
import { withStage } from "./stage-setting.ts";

/**
 * Stack updates by Pulumi's CLI, in this checkout. Each throws PulumiMissing without a CLI, and what the CLI says. After
 * `raise` the checkout's stack file names the stage that is live: commit it. Tested on the real engine where its CLI is
 * on PATH, with stand-ins for the providers.
 */
export function stackUpdates(environment: EnvironmentName): StackUpdates {
  return {
    async raise(stage, tell) {
      const stack = await selected(environment, "rollout");
      const update = () => stack.up({ onOutput: (text) => tell(text.trimEnd()) });
      const { summary } = await withStage(stack, stage, update);
      tell(
        `${environment}-rollout: ${summary.result}; commit infra/stacks/Pulumi.${environment}-rollout.yaml`,
      );
    },
    async yachts() {
      const outputs = await (await selected(environment, "service")).outputs();
      const fleet = outputs.fleet?.value as Fleet | undefined;
      if (!fleet)
        throw new Error(`the stack ${environment}-service puts out no fleet: update the service layer`);
      return fleet.yachts;
    },
  };
}

async function selected(environment: EnvironmentName, layer: LayerName) {
  if (!findPulumi()) throw new PulumiMissing(environment);
  // Only here: it looks for the CLI as soon as it is loaded.
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  return LocalWorkspace.selectStack({ stackName: `${environment}-${layer}`, workDir: process.cwd() });
}
