/** `npm run rehearse`: the main job. Exit code 0 only when everything ended as the plan says it must. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { declaration, stageNames } from "../../../flags/plan.ts";
import { countText, nounOf } from "../../../monitoring/count-text.ts";
import { renderReport } from "../../../monitoring/report/report.ts";
import { usageExit } from "../../usage-exit.ts";
import { type FaultName, faults } from "../faults/catalogue.ts";
import { notAskedLines, type RisenStage, type Script } from "../faults/script.ts";
import { runMatrix } from "../matrix/run-matrix.ts";
import { catalogue, scenariosOf } from "../matrix/scenarios.ts";
import type { RehearsalOptions } from "./options.ts";
import { PreparedStack } from "./prepared-stack.ts";
import { RealStage } from "./real-stage.ts";
import { Rehearsal } from "./rehearsal.ts";
import { sealEvidence } from "./sealed-evidence.ts";
import { type Findings, type Summary, summaryOf } from "./summary.ts";
import { Terminal } from "./terminal.ts";
import { writeIncidents } from "./written-incidents.ts";

interface Arguments {
  readonly fault: FaultName | "none";
  readonly at: RisenStage;
  readonly until: RehearsalOptions["until"];
  readonly seed: string;
  readonly inventory: string;
  readonly out: string;
  readonly state: string;
  readonly json: boolean;
  readonly matrix?: true;
  readonly only?: readonly string[];
}

const keyDirectory = resolve(".part-lens/keys");
const sample = resolve(import.meta.dirname, "sample-inventory.csv");
const stages = stageNames.filter((stage) => stage !== "off");

const command = new Command("npm run rehearse --")
  .description(
    "Rehearses the rollout of Part Lens v2 on this machine: real stack, real traffic, virtual clock.",
  )
  .addOption(
    new Option("--fault <name>", "what goes wrong")
      .choices(["none", ...Object.keys(faults)])
      .default("errors"),
  )
  .addOption(
    new Option("--at <stage>", "the stage in which it goes wrong").choices(stages).default("ramp-50"),
  )
  .addOption(
    new Option(
      "--until <stage>",
      "the last stage to pass; rollback: end once it is proven; production-ready: seven days more, and the evidence",
    )
      .choices([...stages, "rollback", declaration.name])
      .default("full-100"),
  )
  .option("--seed <text>", "of the fleet and the traffic", "part-lens")
  .option("--inventory <file>", "a PMS export for the first yacht", sample)
  .option("--out <directory>", "where summary.json and report.html go", ".part-lens/rehearsal/out")
  .option("--state <directory>", "where the stack lives while it runs", ".part-lens/rehearsal")
  .option("--matrix", "every fault at its stages, scored, in .part-lens/matrix; --only and --at narrow it")
  .addOption(
    new Option("--only <names>", "with --matrix: these faults alone, separated by commas").argParser(namesOf),
  )
  .option("--json", "print the summary as JSON; progress goes to standard error", false)
  .showHelpAfterError()
  .exitOverride(usageExit)
  .addHelpText("after", "\nExit codes: 0 as planned, 1 not as planned, 2 it could not run, 130 Ctrl-C.");

function namesOf(text: string): string[] {
  const names = text.split(",").filter(Boolean);
  const unknown = names.find((name) => !(name in catalogue));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(`no fault "${unknown}"; there are ${Object.keys(catalogue).join(", ")}`);
}

function report(terminal: Terminal, summary: Summary, out: string): void {
  terminal.heading(summary.ok ? "Everything ended as the plan says it must" : "Not as planned");
  for (const problem of summary.problems) terminal.bad(problem);
  const { requests, requestsPerSecond, wallSeconds, signedActions, ledger, rollbacks } = summary;
  for (const { cause, causeToCondition, conditionToDown, milliseconds, way } of rollbacks) {
    terminal.good(
      `${cause}: cause → condition ${causeToCondition} s, condition → down ${conditionToDown} s (virtual), ` +
        `by the ${way === "pin" ? "pin" : "kill switch"}, whose function took ${Math.round(milliseconds)} ms`,
    );
  }
  for (const line of notAskedLines(summary.record?.notAsked)) terminal.line(`  – ${line}`);
  terminal.good(
    `${requests} requests, ${requestsPerSecond}/s; ${ledger?.rows} ledger rows, ${ledger?.mismatches} ${nounOf(ledger?.mismatches, "differs", "differ")} from the cache`,
  );
  terminal.good(`${signedActions.verified} of ${countText(signedActions.asked, "signed action")} verified`);
  terminal.good(
    `${wallSeconds.toFixed(1)} s; ${relative(".", join(out, "report.html"))}, ${relative(".", join(out, "summary.json"))}`,
  );
  terminal.line(`\nNot simulated (${summary.notSimulated.length}):`);
  const types = Map.groupBy(summary.notSimulated, (resource) => resource.split(" ")[0] as string);
  for (const [type, resources] of types) terminal.line(`  ${resources.length} × ${type}`);
}

function outcomeOf(summary: Summary) {
  const text = summary.ok ? "Everything ended as the plan says it must." : summary.problems.join(". ");
  return { ok: summary.ok, text };
}

function write(findings: Findings, out: string): Summary {
  const summary = summaryOf(findings);
  writeFileSync(join(out, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  writeFileSync(
    join(out, "report.html"),
    renderReport({ ...findings.timeline, outcome: outcomeOf(summary) }),
  );
  return summary;
}

/** The catalogue, a scenario after the other; what is named on the command line narrows it. */
function matrixOf({ fault, at, only, seed, state, json, inventory }: Arguments): Promise<number> {
  const isGiven = (option: keyof Arguments) => command.getOptionValueSource(option) === "cli";
  const named = isGiven("fault") && fault !== "none" ? [fault] : undefined;
  const scenarios = scenariosOf(only ?? named ?? Object.keys(catalogue), isGiven("at") ? at : undefined);
  const directory = isGiven("state") ? state : ".part-lens/matrix";
  return runMatrix({ scenarios, seed, json, inventory, keyDirectory, directory });
}

/** An empty directory for the output; what an earlier rehearsal wrote there is replaced file by file. */
function prepareOutput(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of ["summary.json", "report.html", "incidents"])
    rmSync(join(directory, name), { recursive: true, force: true });
}

async function main({ out, state, json, inventory, ...asked }: Arguments): Promise<number> {
  const { fault, at, until, seed } = asked;
  const terminal = new Terminal(json ? process.stderr : process.stdout);
  if (!existsSync(inventory)) throw new Error(`--inventory: there is no file ${inventory}`);
  if (until === "rollback" && fault === "none") throw new Error("--until rollback needs a --fault");
  const script: Script | undefined = fault === "none" ? undefined : faults[fault];
  if (script && "verdict" in script.expected[at] && until !== "rollback")
    throw new Error(`${fault} must roll nothing back: it is rehearsed with --until rollback, for one stage`);
  prepareOutput(out);
  const started = performance.now();
  let close = async () => {};
  process.once("SIGINT", () => {
    terminal.end();
    terminal.line("\nStopping …");
    close().finally(() => process.exit(130));
  });
  try {
    const standing = { seed, inventory, directory: resolve(state), keyDirectory };
    const begun = (end: () => Promise<void>) => {
      close = end;
    };
    const prepared = await PreparedStack.open(standing, terminal, begun);
    close = () => prepared.close();
    const stage = new RealStage(prepared, keyDirectory);
    const rehearsal = new Rehearsal(stage, { fault, script, at, until, seed }, terminal);
    const findings = await rehearsal.run(started);
    const place = { keyDirectory, out: resolve(out) };
    const evidence = findings.week && (await sealEvidence(prepared, findings.log, place, terminal));
    const summary = write({ ...findings, evidence }, out);
    await writeIncidents(prepared.stack, resolve(out), terminal);
    terminal.end();
    report(terminal, summary, out);
    if (json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    return summary.ok ? 0 : 1;
  } finally {
    terminal.end();
    await close();
  }
}

try {
  const asked = command.parse().opts<Arguments>();
  process.exitCode = await (asked.matrix ? matrixOf(asked) : main(asked));
} catch (error) {
  process.stderr.write(
    `rehearse: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 2;
}
