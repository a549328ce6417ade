/**
 * Checks the program's resources with HashiCorp's AWS provider: every environment, and each of its rollout stages.
 * Prints why and ends well where Python, terraform or the provider is not found: it needs no cloud, but it needs them.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type StageName, stageNames } from "../../flags/plan.ts";
import { type EnvironmentName, environments } from "../../infra/naming.ts";
import { checkGraph } from "../../infra/preview/check-graph.ts";
import { keyOf } from "../../infra/preview/graph.ts";
import { plannedEnvironment, plannedStages } from "../support/planned-environment.ts";

type CheckedResource = ReturnType<typeof checkGraph>["resources"][number];

export interface CheckReport {
  /** `aws-check` itself could not run when undefined; 0 no problems, 1 problems, 2 the graph is not usable. */
  readonly exitCode: number | undefined;
  /** What it printed; its last line is `N resources checked, N problems, N not checked`. */
  readonly lines: readonly string[];
}

const directory = fileURLToPath(new URL(".", import.meta.url));

/** Why the check cannot run here; undefined when it can. */
export function whyNot(): string | undefined {
  const found = spawnSync("python3", ["-c", "import sys; print(sys.version_info >= (3, 11))"], { encoding: "utf8" });
  if (found.stdout?.trim() !== "True") return "there is no Python 3.11";
  if (spawnSync("terraform", ["version"]).status !== 0) return "terraform is not installed";
  const search = "from aws_check.terraform import plugin_dir; plugin_dir()";
  const provider = spawnSync("python3", ["-B", "-c", search], { cwd: directory, encoding: "utf8" });
  if (provider.status === 0) return undefined;
  return provider.stderr.trim().split("\n").at(-1)?.replace(/^.*TerraformError: /, "");
}

/** The graph of an environment with its rollout layer at every stage, each under names of its own. */
export async function graphOfEveryStage(environment: EnvironmentName): Promise<{ resources: CheckedResource[] }> {
  const { layers } = await plannedEnvironment(environment);
  const stages = await plannedStages(environment, layers);
  const { resources } = checkGraph(layers);
  for (const stage of stageNames.slice(1)) {
    const { graph } = stages[stage]!;
    const own = new Set(graph.resources.map(keyOf));
    const layer = checkGraph({ ...layers, rollout: stages[stage]! }).resources.filter((one) => own.has(keyOf(one)));
    resources.push(...layer.map((resource) => renamed(resource, stage)));
  }
  return { resources };
}

function renamed(resource: CheckedResource, stage: StageName): CheckedResource {
  const text = JSON.stringify(resource).replaceAll("::rollout::versionNumber", `::rollout-${stage}::versionNumber`);
  return { ...(JSON.parse(text) as CheckedResource), name: `${resource.name}-${stage}` };
}

/** Validates a graph. */
export function validate(graph: { readonly resources: readonly unknown[] }): CheckReport {
  const folder = mkdtempSync(join(tmpdir(), "part-lens-aws-check-"));
  try {
    const file = join(folder, "graph.json");
    writeFileSync(file, JSON.stringify(graph));
    const run = spawnSync("python3", ["-B", join(directory, "aws-check"), "validate", file], { encoding: "utf8" });
    const printed = `${run.stdout}${run.stderr}`.trim();
    return { exitCode: run.status ?? undefined, lines: printed.split("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const reason = whyNot();
  if (reason) return console.log(`aws-check skipped: ${reason}`);
  for (const environment of environments) {
    const { exitCode, lines } = validate(await graphOfEveryStage(environment));
    const unchecked = lines.filter((line) => line.startsWith("not checked: "));
    const types = [...new Set(unchecked.map((line) => line.split(" ")[2]))];
    for (const line of lines.slice(0, -1)) if (!unchecked.includes(line)) console.log(`${environment}: ${line}`);
    console.log(`${environment}: ${lines.at(-1)}${types.length > 0 ? ` (${types.join(", ")})` : ""}`);
    if (exitCode !== 0) process.exitCode = 1;
  }
}

if (import.meta.main) await main();
