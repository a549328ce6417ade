import { type EnvironmentName, type LayerName, layers, project } from "../naming.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";

export interface CloudUpOptions {
  /** Default: that of the stack file. */
  readonly stage?: string;
  /** Which of the layers; they are brought up in their order, whatever the order here. */
  readonly layers: readonly LayerName[];
  /** How long it waits for somebody else's update of the same stack. Default: not at all. */
  readonly patienceSeconds?: number;
}

/** Between two tries while somebody else updates the stack. */
const pauseMilliseconds = 15_000;

/**
 * Brings the layers of an environment up, in order, by Pulumi's CLI: a rise without its recorded advance is
 * refused by the program itself. Throws PulumiMissing without a CLI, and what the CLI says when an update fails.
 * Not run by the tests: there is no CLI and no account where they run.
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
  const { ConcurrentUpdateError, LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  const end = Date.now() + patienceSeconds * 1000;
  for (const layer of layers.filter((name) => wanted.includes(name))) {
    const stack = await LocalWorkspace.createOrSelectStack({
      stackName: `${environment}-${layer}`,
      workDir: process.cwd(),
    });
    if (layer === "rollout" && stage !== undefined) {
      await stack.setConfig(`${project}:rolloutStage`, { value: stage });
    }
    const update = () => stack.up({ onOutput: (text) => tell(text.trimEnd()) });
    const { summary } = await whenFree(update, (error) => {
      if (!(error instanceof ConcurrentUpdateError) || Date.now() >= end) return false;
      tell(`${environment}-${layer} is being updated by somebody else; waiting`);
      return true;
    });
    tell(`${environment}-${layer}: ${summary.result}`);
  }
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
