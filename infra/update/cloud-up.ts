import { type EnvironmentName, type LayerName, layers, project } from "../naming.ts";
import { findPulumi, PulumiMissing } from "./pulumi-cli.ts";

export interface CloudUpOptions {
  /** Default: that of the stack file. */
  readonly stage?: string;
  /** Which of the layers; they are brought up in their order, whatever the order here. */
  readonly layers: readonly LayerName[];
}

/**
 * Brings the layers of an environment up, in order, by Pulumi's CLI: a rise without its recorded advance is
 * refused by the program itself. Throws PulumiMissing without a CLI, and what the CLI says when an update fails.
 * Not run by the tests: there is no CLI and no account where they run.
 */
export async function cloudUp(
  environment: EnvironmentName,
  { stage, layers: wanted }: CloudUpOptions,
  tell: (text: string) => void,
): Promise<void> {
  if (!findPulumi()) throw new PulumiMissing(environment);
  // Only here: it looks for the CLI as soon as it is loaded.
  const { LocalWorkspace } = await import("@pulumi/pulumi/automation/index.js");
  for (const layer of layers.filter((name) => wanted.includes(name))) {
    const stack = await LocalWorkspace.createOrSelectStack({
      stackName: `${environment}-${layer}`,
      workDir: process.cwd(),
    });
    if (layer === "rollout" && stage !== undefined) {
      await stack.setConfig(`${project}:rolloutStage`, { value: stage });
    }
    const { summary } = await stack.up({ onOutput: (text) => tell(text.trimEnd()) });
    tell(`${environment}-${layer}: ${summary.result}`);
  }
}
