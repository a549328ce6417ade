import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { runnerRole } from "../delivery/runner-permissions.ts";
import { type EnvironmentName, type LayerName, layers, physicalName } from "../naming.ts";
import { allowAdminSignIn, type ClusterAddress, ClusterOutOfReach } from "./admin-sign-in.ts";
import { regionOf } from "./cloud-control.ts";
import { clusterAdmin } from "./cluster-adapter.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";
import { withStage } from "./stage-setting.ts";

export interface CloudUpOptions {
  /** Default: that of the stack file. */
  readonly stage?: string;
  /** Which of the layers; they are brought up in their order, whatever the order here. */
  readonly layers: readonly LayerName[];
  /** How long it waits for somebody else's update of the same stack. Default: not at all. */
  readonly patienceSeconds?: number;
}

/** Pulumi refused the update or broke it off. Its own error repeats all that it said while it ran. */
export class UpdateFailed extends Error {
  override readonly name = "UpdateFailed";
}

/** Between two tries while somebody else updates the stack. */
const pauseMilliseconds = 15_000;

/**
 * Brings the layers of an environment up, in order, by Pulumi's CLI: a rise without its recorded advance is
 * refused by the program itself. Before the service layer the clusters' admin is allowed to sign in by IAM. Throws
 * PulumiMissing without a CLI, ClusterOutOfReach where nobody can reach the databases from, and UpdateFailed.
 * Tested on the real engine where its CLI is on PATH, with stand-ins for the providers.
 */
export async function cloudUp(
  environment: EnvironmentName,
  { stage, layers: wanted, patienceSeconds = 0 }: CloudUpOptions,
  tell: (text: string) => void,
): Promise<void> {
  if (stage !== undefined && !wanted.includes("rollout"))
    throw new RangeError(`--stage ${stage} is of the rollout layer, which is not among --layers`);
  if (!findPulumi()) throw new PulumiMissing(environment);
  // Only here: it looks for the CLI as soon as it is loaded.
  const { CommandError, ConcurrentUpdateError, LocalWorkspace } = await import(
    "@pulumi/pulumi/automation/index.js"
  );
  const end = Date.now() + patienceSeconds * 1000;
  for (const layer of layers.filter((name) => wanted.includes(name))) {
    const select = (name: LayerName) =>
      LocalWorkspace.createOrSelectStack({ stackName: `${environment}-${name}`, workDir: process.cwd() });
    const stack = await select(layer);
    if (layer === "service") await prepareClusters(environment, await select("foundation"), tell);
    const say = (text: string) => tell(text.trimEnd());
    const update = () => stack.up({ onOutput: say, onError: say });
    const patiently = () =>
      whenFree(update, (error) => {
        if (!(error instanceof ConcurrentUpdateError) || Date.now() >= end) return false;
        tell(`${environment}-${layer} is being updated by somebody else; waiting`);
        return true;
      });
    const staged = layer === "rollout" && stage !== undefined;
    const { summary } = await (staged ? withStage(stack, stage, patiently) : patiently()).catch((error) => {
      if (error instanceof ConcurrentUpdateError || !(error instanceof CommandError)) throw error;
      throw new UpdateFailed(`${environment}-${layer} was not updated; what Pulumi said is above`, {
        cause: error,
      });
    });
    tell(`${environment}-${layer}: ${summary.result}`);
  }
}

/** What stands between the first foundation and the first service update. */
async function prepareClusters(
  environment: EnvironmentName,
  foundation: Stack,
  tell: (text: string) => void,
): Promise<void> {
  const clusters = (await foundation.outputs()).clusters?.value as Record<string, ClusterAddress> | undefined;
  if (!clusters)
    throw new Error(`the stack ${environment}-foundation puts out no clusters: bring that layer up first`);
  try {
    await allowAdminSignIn(clusters, clusterAdmin(regionOf(environment)), tell);
  } catch (error) {
    if (error instanceof ClusterOutOfReach) error.message += `. ${howToReach(environment)}`;
    throw error;
  }
}

function howToReach(environment: EnvironmentName): string {
  const runner = physicalName("buildProject", environment, runnerRole);
  return (
    "Clusters are in a private network. Where there is a delivery runner, it updates this layer and the next: " +
    `"aws codebuild start-build --project-name ${runner}"; else forward the port first (docs/runbook.md, "Day one")`
  );
}

/** Tries again as long as `waits` says so of what the update throws. */
async function whenFree<Result>(
  update: () => Promise<Result>,
  waits: (error: unknown) => boolean,
): Promise<Result> {
  for (;;) {
    try {
      return await update();
    } catch (error) {
      if (!waits(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
    }
  }
}
