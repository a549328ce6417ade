/**
 * Checks the program's resources with HashiCorp's AWS provider: every environment, and each of its rollout stages;
 * with --apply dev's, in an emulator of AWS. It needs no cloud, but Python, terraform and the provider: where one is
 * not found it prints which and ends well.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { type StageName, stageNames } from "../../flags/plan.ts";
import { type EnvironmentName, environments } from "../../infra/naming.ts";
import { checkGraph } from "../../infra/preview/check-graph.ts";
import { keyOf } from "../../infra/preview/graph.ts";
import { region, startEmulator } from "../emulator/emulator.ts";
import { installEmulator } from "../emulator/install-emulator.ts";
import { type Judgement, startJudgements } from "../emulator/judgement.ts";
import { plannedEnvironment, plannedStages } from "../support/planned-environment.ts";
import { apply, type CheckReport, validate } from "./check-tool.ts";
import { account, type DeliveredGraphs, deliveredGraphs } from "./delivered-graph.ts";

type CheckedResource = ReturnType<typeof checkGraph>["resources"][number];

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

interface Counted {
  readonly environment: EnvironmentName;
  readonly report: CheckReport;
}

const unchecked = /^(not checked: \S+) .*?(: .*)$/;
const emulatorsFault = /^(note: \S+) .*?(: .*)? \(the emulator's: (.*)\)$/;

/** What is said of one resource after another, said once, with their number. */
export function counted(lines: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const said = line.replace(unchecked, "$1$2").replace(emulatorsFault, "$1: the emulator's fault: $3");
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  return [...counts].map(([said, count]) => (count === 1 ? said : `${said} (${count} resources)`));
}

/** The provider asks again for what a busy emulator confirms too late, and is then told this. */
const askedTwice = /already exists/i;

/** Of some three thousand calls a few are asked twice, and seldom one of them is a create that had been heard. */
export const attempts = 3;

/** Begins anew when something seemed to be there already; what is really there twice is so in every attempt. */
export async function inAttempts<Report extends CheckReport>(attempt: () => Promise<Report>): Promise<Report> {
  const notes: string[] = [];
  for (;;) {
    const report = await attempt();
    const late = report.lines.find((line) => askedTwice.test(line));
    if (late === undefined || notes.length === attempts - 1)
      return { ...report, lines: [...notes, ...report.lines] };
    notes.push(`note: begun again in a new emulator, since the one before said: ${late}`);
  }
}

export interface AppliedDev extends CheckReport {
  /** What the emulator's IAM said of each call. */
  readonly judgements: readonly Judgement[];
}

/**
 * Dev in an emulator: made, planned again, moved a stage up, destroyed; the service and rollout layers with the role of
 * the delivery runner. Takes about five minutes, as the provider waits for AWS.
 */
export async function applyDev(python: string): Promise<AppliedDev> {
  const graphs = await deliveredGraphs();
  return await inAttempts(() => applyOnce(python, graphs));
}

async function applyOnce(python: string, { off, canary }: DeliveredGraphs): Promise<AppliedDev> {
  const judgements = startJudgements();
  try {
    const emulator = await startEmulator(python, judgements.file);
    const place = { endpoint: emulator.endpoint, region, account };
    const report = await apply(off, place, canary).finally(() => emulator.stop());
    return { ...report, judgements: judgements.read() };
  } finally {
    judgements.remove();
  }
}

async function* reports(applying: boolean): AsyncGenerator<Counted> {
  if (!applying) {
    for (const environment of environments)
      yield { environment, report: await validate(await graphOfEveryStage(environment)) };
    return;
  }
  const installed = installEmulator();
  if ("missing" in installed) return console.log(`aws-check --apply skipped: ${installed.missing}`);
  console.log("dev: in an emulator of AWS: create, plan again, update, destroy; about five minutes …");
  yield { environment: "dev", report: await applyDev(installed.python) };
}

async function main(): Promise<void> {
  const command = new Command("aws-check")
    .description("Checks the program's AWS resources with HashiCorp's AWS provider. Needs no cloud.")
    .option("--apply", "create dev's resources in an emulator of AWS, plan again, destroy them")
    .addHelpText("after", "\nExit status: 0 no problems, or nothing here to check with; 1 problems.");
  const { apply: applying = false } = command.parse().opts<{ apply?: boolean }>();
  const reason = whyNot();
  if (reason) return console.log(`aws-check skipped: ${reason}`);
  for await (const { environment, report } of reports(applying)) {
    for (const line of counted(report.lines)) console.log(`${environment}: ${line}`);
    if (report.exitCode !== 0) process.exitCode = 1;
  }
}

if (import.meta.main) await main();
