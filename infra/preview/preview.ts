/** `npm run preview`: what a step of the rollout, or another commit, would change. Without a cloud. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import program from "../index.ts";
import { type EnvironmentName, environments } from "../naming.ts";
import { checkGraph } from "./check-graph.ts";
import { type LayerPlans, planAtStage } from "./layers.ts";
import { compareCheckouts, keepSnapshots } from "./snapshot-command.ts";
import { exitCodes, showStep, stageReport } from "./stage-report.ts";

interface Options {
  readonly env?: EnvironmentName;
  readonly from?: StageName;
  readonly to?: StageName;
  readonly stage?: StageName;
  readonly json?: true;
  readonly markdown?: true;
  readonly graph?: string;
  readonly check?: true;
  readonly writeSnapshots?: true;
  readonly base?: string;
}

function stage(name: string): StageName {
  try {
    return stageOf(name).stage;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const command = new Command("preview")
  .description(
    "Shows what a step of the rollout would change (resources, flag document, yachts), or what differs from " +
      "another checkout. Needs no cloud.",
  )
  .addOption(
    new Option("--env <environment>", "environment; with snapshots all when left out").choices(environments),
  )
  .option("--from <stage>", `the stage that is live: ${stageNames.join(", ")}`, stage)
  .option("--to <stage>", "the stage to go to", stage)
  .option("--stage <stage>", "with --graph: the one stage to look at", stage)
  .option("--json", "print JSON instead of text")
  .option("--markdown", "print Markdown, for a comment on a pull request")
  .option("--graph <file>", "write the resource graph of all three layers, in the format of aws-check")
  .option("--check", "compare the resource graphs with the committed snapshots")
  .option("--write-snapshots", "write the resource graphs to infra/preview/snapshots")
  .option("--base <directory>", "show what differs from the snapshots of another checkout, as Markdown")
  .addHelpText(
    "after",
    "\nExit status: 0 when the preview was made, 1 when it could not be made, 2 when --check finds a snapshot that " +
      "is not up to date, 3 when the change is forbidden: it replaces or deletes a database, bucket, function or " +
      "alias, or is a step of the rollout that touches anything outside the rollout layer.",
  );

function writeGraph(file: string, plans: LayerPlans): void {
  const graph = checkGraph(plans);
  writeFileSync(file, `${JSON.stringify(graph, null, 2)}\n`);
  console.error(`${graph.resources.length} resources written to ${file}`);
}

/** Returns the exit status. */
async function run(options: Options): Promise<number> {
  const { env, from, to, stage: only, graph, base } = options;
  if (options.check || options.writeSnapshots)
    return keepSnapshots(program, env ? [env] : environments, options.writeSnapshots ?? false);
  if (base) return compareCheckouts(program, env ? [env] : environments, base);
  if (!env) throw new Error(`give --env, one of ${environments.join(", ")}`);
  const request = { environment: env, program };
  if (from && to) {
    const report = await stageReport(request, from, to);
    const format = options.json ? "json" : options.markdown ? "markdown" : "text";
    console.log(showStep(report, env, format, process.stdout.isTTY));
    if (graph) writeGraph(graph, report.change.after);
    return report.forbidden.length > 0 ? exitCodes.forbidden : exitCodes.made;
  }
  if (!graph || from || (to && only)) {
    throw new Error(
      "give --from and --to to see a step, or --graph with --stage to write the graph of one stage",
    );
  }
  writeGraph(graph, await planAtStage(request, only ?? to ?? stageNames[0]!));
  return exitCodes.made;
}

try {
  process.exitCode = await run(command.parse().opts<Options>());
} catch (error) {
  console.error(`preview: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitCodes.failed;
}
