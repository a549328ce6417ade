/** `npm run rehearse`: the main job. Exit code 0 only when everything ended as the plan says it must. */
import { existsSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { Command, Option } from "commander";
import { stageNames } from "../../../flags/plan.ts";
import { renderReport } from "../../../monitoring/report/report.ts";
import { type FaultName, faults } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";
import { runMatrix } from "../matrix/run-matrix.ts";
import { scenariosOf } from "../matrix/scenarios.ts";
import type { RehearsalOptions } from "./options.ts";
import { prepareOutput, Rehearsal } from "./rehearsal.ts";
import { type Findings, type Summary, summaryOf } from "./summary.ts";
import { Terminal } from "./terminal.ts";

interface Arguments extends Omit<RehearsalOptions, "keyDirectory" | "directory"> {
  readonly out: string;
  readonly state: string;
  readonly json: boolean;
  readonly matrix?: true;
}

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
    new Option("--until <stage>", "the last stage to pass, or rollback: end once it is proven")
      .choices([...stages, "rollback"])
      .default("full-100"),
  )
  .option("--seed <text>", "of the fleet and the traffic", "part-lens")
  .option("--inventory <file>", "a PMS export for the first yacht", sample)
  .option("--out <directory>", "where summary.json and report.html go", ".part-lens/rehearsal/out")
  .option("--state <directory>", "where the stack lives while it runs", ".part-lens/rehearsal")
  .option(
    "--matrix",
    "every fault, or the one named, at canary-5 or the stage named: scored, in .part-lens/matrix",
  )
  .option("--json", "print the summary as JSON; progress goes to standard error", false)
  .showHelpAfterError()
  .addHelpText("after", "\nExit codes: 0 as planned, 1 not as planned, 2 it could not run, 130 Ctrl-C.");

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
  terminal.good(
    `${requests} requests, ${requestsPerSecond}/s; ${ledger.rows} ledger rows, ${ledger.mismatches} differ from the cache`,
  );
  terminal.good(`${signedActions.verified} of ${signedActions.asked} signed actions verified`);
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
function matrixOf({ fault, at, seed, state, json }: Arguments): Promise<number> {
  const isGiven = (option: keyof Arguments) => command.getOptionValueSource(option) === "cli";
  const names = isGiven("fault") && fault !== "none" ? [fault] : (Object.keys(faults) as FaultName[]);
  const scenarios = scenariosOf(names, isGiven("at") ? [at] : ["canary-5"]);
  return runMatrix({ scenarios, seed, json, directory: isGiven("state") ? state : ".part-lens/matrix" });
}

async function main({ out, state, json, matrix: _, ...asked }: Arguments): Promise<number> {
  const terminal = new Terminal(json ? process.stderr : process.stdout);
  if (!existsSync(asked.inventory)) throw new Error(`--inventory: there is no file ${asked.inventory}`);
  if (asked.until === "rollback" && asked.fault === "none")
    throw new Error("--until rollback needs a --fault");
  const fault: Fault | undefined = asked.fault === "none" ? undefined : faults[asked.fault];
  if (fault?.expectNone && asked.until !== "rollback")
    throw new Error(
      `${asked.fault} must roll nothing back: it is rehearsed with --until rollback, for one stage`,
    );
  const directory = prepareOutput(out) && resolve(state);
  const rehearsal = new Rehearsal(
    { ...asked, directory, keyDirectory: resolve(".part-lens/keys") },
    terminal,
  );
  process.once("SIGINT", () => {
    terminal.end();
    terminal.line("\nStopping …");
    rehearsal.close().finally(() => process.exit(130));
  });
  try {
    const summary = write(await rehearsal.run(), out);
    terminal.end();
    report(terminal, summary, out);
    if (json) process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    return summary.ok ? 0 : 1;
  } finally {
    terminal.end();
    await rehearsal.close();
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
