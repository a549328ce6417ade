/** `npm run preview`: what a step of the rollout would change, without a cloud. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import program from "../index.ts";
import { type EnvironmentName, environments } from "../naming.ts";
import { checkGraph } from "./check-graph.ts";
import { type LayerPlans, planAtStage } from "./layers.ts";
import { renderChange, touchedResources } from "./render-change.ts";
import { type StageChange, stageChange } from "./stage-change.ts";

interface Options {
  readonly env: EnvironmentName;
  readonly from?: StageName;
  readonly to?: StageName;
  readonly stage?: StageName;
  readonly json?: true;
  readonly graph?: string;
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
    "Shows what a step of the rollout would change: resources, flag document, yachts. Needs no cloud.",
  )
  .addOption(new Option("--env <environment>", "environment").choices(environments).makeOptionMandatory())
  .option("--from <stage>", `the stage that is live: ${stageNames.join(", ")}`, stage)
  .option("--to <stage>", "the stage to go to", stage)
  .option("--stage <stage>", "with --graph: the one stage to look at", stage)
  .option("--json", "print JSON instead of text")
  .option("--graph <file>", "write the resource graph of all three layers, in the format of aws-check")
  .addHelpText("after", "\nExit status: 0 when the preview was made, 1 when it could not be made.");

function asJson(change: StageChange): string {
  const { from, to, flagDocument, newlyExposed, noLongerExposed } = change;
  const resources = touchedResources(change);
  const report = { from, to, liveStateRead: false, resources, flagDocument, newlyExposed, noLongerExposed };
  return JSON.stringify(report, null, 2);
}

function writeGraph(file: string, plans: LayerPlans): void {
  const graph = checkGraph(plans);
  writeFileSync(file, `${JSON.stringify(graph, null, 2)}\n`);
  console.error(`${graph.resources.length} resources written to ${file}`);
}

async function run({ env, from, to, stage: only, json, graph }: Options): Promise<void> {
  const request = { environment: env, program };
  if (from && to) {
    const change = await stageChange(request, from, to);
    console.log(json ? asJson(change) : renderChange(change, env, process.stdout.isTTY));
    if (graph) writeGraph(graph, change.after);
    return;
  }
  if (!graph || from || (to && only)) {
    throw new Error(
      "give --from and --to to see a step, or --graph with --stage to write the graph of one stage",
    );
  }
  writeGraph(graph, await planAtStage(request, only ?? to ?? stageNames[0]!));
}

try {
  await run(command.parse().opts<Options>());
} catch (error) {
  console.error(`preview: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
