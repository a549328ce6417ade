/** `npm run rollout -- VERB`: looks at a rollout and moves it. */
import { userInfo } from "node:os";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { declaration, type StageName, stageNames } from "../../flags/plan.ts";
import type { RolloutRecord } from "../../monitoring/report/timeline.ts";
import type {
  ControlRequest,
  ControlResult,
  Verb,
} from "../../monitoring/rollout/control/control-request.ts";
import { type EnvironmentName, environments } from "../naming.ts";
import { usageExit } from "../usage-exit.ts";
import { type Ask, cloudControl } from "./cloud-control.ts";
import { askStack } from "./control-client.ts";
import { addReleaseCommand } from "./release-command.ts";
import { writeReport } from "./report-file.ts";
import { watchLoop } from "./watch-loop.ts";

interface Options {
  readonly env: EnvironmentName;
  readonly state: string;
  readonly actor: string;
  readonly json: boolean;
  readonly reason?: string;
  readonly to?: StageName;
  readonly stage?: StageName;
  readonly code?: boolean;
  readonly traffic?: number;
  readonly bakeMinutes?: number;
  readonly name?: string;
  readonly role?: string;
  readonly out?: string;
}

interface VerbDescription {
  readonly description: string;
  readonly options?: readonly (keyof typeof optional)[];
  /** Its stage is an argument. */
  readonly stage?: true;
  /** The one thing that it can be asked for. */
  readonly what?: string;
}

/** The verbs as they are shown by --help. */
const descriptions = {
  status: { description: "where the rollout stands: stage, percent, cap, lock, bake, alarms, verdicts" },
  explain: {
    description: "what holds the next stage, criterion by criterion, and what the traffic can prove",
    options: ["traffic", "bakeMinutes"],
  },
  report: {
    description:
      "one HTML file of the rollout so far: exposure, errors, latency, alarms, verdicts, who did what",
    options: ["out"],
  },
  advance: {
    description: "one stage up, if nothing stands against it; waits until it is live",
    options: ["to", "traffic", "bakeMinutes"],
  },
  hold: { description: "nothing rises until it is resumed; checks and alarms go on", options: ["reason"] },
  resume: { description: "ends a hold", options: ["reason"] },
  approve: { description: "lets the rollout go to the next stage, once", options: ["reason"], stage: true },
  rollback: {
    description: "down, at once, and locked; to off unless told; never refused",
    options: ["to", "code", "reason"],
  },
  acknowledge: { description: "ends the lock, and arms both ways down again", options: ["reason"] },
  unlock: { description: "clears the lease that a killed runner has left", options: ["reason"] },
  "sign-off": {
    description: "a named person stands for the rollout as it is; whatever moves it takes that back",
    options: ["name", "role"],
  },
  declare: {
    description: "production-ready, if every criterion held for seven days; else says what is missing",
    options: ["bakeMinutes"],
    what: declaration.name,
  },
  watch: {
    description: "carries the whole plan on: bakes, judges, advances, rolls back; goes on where the log is",
    options: ["traffic", "bakeMinutes"],
  },
} as const satisfies Record<Verb, VerbDescription>;

function number(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError("it is a number, 0 or more");
}

const optional = {
  reason: () => new Option("--reason <text>", "why; it stands in the log"),
  to: () => new Option("--to <stage>", "the stage to go to").choices(stageNames),
  code: () =>
    new Option("--code", "the last known-good version of the code, too: where the flag is not enough"),
  traffic: () =>
    new Option(
      "--traffic <requests>",
      "requests a minute expected of the fleet; refuses what they cannot prove",
    ).argParser(number),
  bakeMinutes: () =>
    new Option(
      "--bake-minutes <minutes>",
      "local only: a trial with shorter bakes, which proves nothing",
    ).argParser(number),
  out: () => new Option("--out <file>", "where the report goes").default(".part-lens/report/rollout.html"),
  name: () => new Option("--name <name>", "who signs off").makeOptionMandatory(),
  role: () => new Option("--role <role>", "as what, such as fleet manager").makeOptionMandatory(),
} as const;

const program = new Command("npm run rollout --")
  .description(
    "Looks at a rollout and moves it. Everything it does stands in the event log, with who and why.",
  )
  .showHelpAfterError("(--help tells more)")
  .exitOverride(usageExit)
  .addHelpText("after", "\nExit codes: 0 done, 1 refused, 2 it could not be done.");

for (const [verb, about] of Object.entries(descriptions) as [Verb, VerbDescription][]) {
  const command = program
    .command(verb)
    .description(about.description)
    .addOption(new Option("--env <environment>", "environment").choices(environments).default("local"))
    .option("--state <directory>", "local: where the stack lives", ".part-lens/local")
    .option("--actor <name>", "who does it", userInfo().username)
    .option("--json", "print JSON; progress goes to standard error", false);
  for (const name of about.options ?? []) command.addOption(optional[name]());
  if (about.what) command.addArgument(new Argument("<what>").choices([about.what]));
  if (about.stage) command.addArgument(new Argument("[stage]", "default: the next one").choices(stageNames));
  command.action(async (...args: unknown[]) => {
    const stage = about.stage ? (args[0] as StageName | undefined) : undefined;
    const options = command.opts<Options>();
    process.exitCode = await run(verb, { ...options, ...(stage && { stage }) });
  });
}

addReleaseCommand(program);

async function run(verb: Verb, options: Options): Promise<number> {
  const { env, json } = options;
  const tell = (text: string) => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  try {
    if (env === "local" && options.bakeMinutes !== undefined)
      tell(`bakes of ${options.bakeMinutes} min: a trial on one machine, and no proof`);
    const request = requestOf(verb, options);
    const ask = askOf(options, tell);
    const result = verb === "watch" ? await watchLoop(ask, request, tell) : await ask(request, tell);
    if (verb === "report" && result.exit === 0)
      tell(`${writeReport(result.data as RolloutRecord, options.out as string)}`);
    return show(result, json);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return show({ exit: 2, text, data: { error: text } }, json);
  }
}

function requestOf(verb: Verb, options: Options): ControlRequest {
  const { actor, reason, code, traffic, bakeMinutes, name, role } = options;
  const stage = options.to ?? options.stage;
  return {
    verb,
    actor,
    ...(reason !== undefined && { reason }),
    ...(stage !== undefined && { stage }),
    ...(code && { code }),
    ...(traffic !== undefined && { traffic }),
    ...(bakeMinutes !== undefined && { bakeMinutes }),
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
  };
}

/** Whoever has the control of that rollout: the stack's own process, or this one. */
function askOf({ env, state }: Options, note: (text: string) => void): Ask {
  if (env !== "local") return cloudControl({ environment: env, note });
  return (request, tell, signal) => askStack(state, request, tell, signal);
}

function show({ exit, text, data }: ControlResult, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  else if (exit === 0) process.stdout.write(`${text}\n`);
  else process.stderr.write(`${exit === 1 ? "refused: " : ""}${text}\n`);
  return exit;
}

await program.parseAsync();
