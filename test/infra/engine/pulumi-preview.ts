import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EngineProject } from "./engine-project.ts";

/** A step of the engine's preview, as `pulumi preview --json` writes it. */
export interface EngineStep {
  readonly op: string;
  readonly urn: string;
  readonly newState?: {
    readonly type: string;
    readonly custom: boolean;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly parent?: string;
    readonly protect?: boolean;
    readonly dependencies?: readonly string[];
  };
}

export interface EnginePreview {
  readonly exitCode: number | null;
  readonly steps: readonly EngineStep[];
  /** All that it printed. */
  readonly printed: string;
}

interface PreviewRequest {
  readonly pulumi: string;
  readonly stack: string;
  /** Ports of the providers, by package. */
  readonly providers: Readonly<Record<string, number>>;
  /** Outputs of the stacks that this one refers to, by stack. */
  readonly referred: Readonly<Record<string, object>>;
  readonly policyPack: string;
}

/** Previews a stack of this project with the real engine, on an empty state in a directory of its own. */
export async function pulumiPreview(request: PreviewRequest): Promise<EnginePreview> {
  const project = new EngineProject(request.providers);
  const run = (stack: string, args: string[]) =>
    project.run(request.pulumi, [...args, "--stack", stack, "--non-interactive"]);
  try {
    for (const [stack, outputs] of Object.entries(request.referred)) {
      await run(stack, ["stack", "init"]);
      await run(stack, ["stack", "import", "--file", checkpointFile(project.directory, stack, outputs)]);
    }
    await run(request.stack, ["stack", "init"]);
    const pack = ["--policy-pack", resolve(request.policyPack)];
    const { exitCode, out, printed } = await run(request.stack, ["preview", "--json", ...pack]);
    const { steps = [] } = JSON.parse(out.slice(out.indexOf("{")) || "{}") as { steps?: EngineStep[] };
    return { exitCode, steps, printed };
  } finally {
    project.remove();
  }
}

/** The state of a stack that has nothing but its outputs. */
function checkpointFile(directory: string, stack: string, outputs: object): string {
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:${stack}::part-lens::${type}::part-lens-${stack}`;
  const manifest = { time: new Date(0).toISOString(), magic: "", version: "" };
  const deployment = { manifest, resources: [{ urn, type, custom: false, outputs }] };
  const file = join(directory, `${stack}.json`);
  writeFileSync(file, JSON.stringify({ version: 3, deployment }));
  return file;
}
