import type { StackUpdates } from "../../monitoring/rollout/aws/cloud-place.ts";
import type { Fleet } from "../database/migration.ts";
import { type EnvironmentName, type LayerName, project } from "../naming.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";

/**
 * Stack updates by Pulumi's CLI, in this checkout. Each throws PulumiMissing without a CLI, and what the CLI says. After
 * `raise` the checkout's stack file names the stage that is live: commit it. Not run by the tests: there is no CLI and no
 * account where they run.
 */
export function stackUpdates(environment: EnvironmentName): StackUpdates {
  return {
    async raise(stage, tell) {
      const stack = await selected(environment, "rollout");
      await stack.setConfig(`${project}:rolloutStage`, { value: stage });
      const { summary } = await stack.up({ onOutput: (text) => tell(text.trimEnd()) });
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
