/** `npm run incident -- VERB`: reads the record of incidents, and tries the way to the contacts. */
import { writeFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import { drill, incidents } from "../../monitoring/incident/drill.ts";
import { awsDrill } from "../../monitoring/incident/drill-adapter.ts";
import { type IncidentFile, readIncident } from "../../monitoring/incident/incident-file.ts";
import {
  drillText,
  incidentKind,
  incidentLine,
  incidentText,
} from "../../monitoring/incident/incident-text.ts";
import { incidentsAt, storeWebhook } from "../../monitoring/incident/operator-adapter.ts";
import { postmortemOf } from "../../monitoring/incident/postmortem.ts";
import { type EnvironmentName, environments } from "../naming.ts";
import { usageExit } from "../usage-exit.ts";
import { type IncidentPlace, incidentPlace } from "./incident-place.ts";

interface Options {
  readonly env: EnvironmentName;
  readonly state: string;
  readonly json: boolean;
  readonly seconds: number;
  readonly out?: string;
}

interface Result {
  readonly exit: 0 | 1 | 2;
  readonly text: string;
  readonly data: unknown;
}

type Verb = (place: IncidentPlace, options: Options, at: string | undefined) => Promise<Result>;

const done = (text: string, data: unknown): Result => ({ exit: 0, text, data });

/** The one that is named, or the last; refuses a name that there is not. */
async function fileOf(place: IncidentPlace, at: string | undefined): Promise<IncidentFile | Result> {
  const store = incidentsAt(place);
  const all = await incidents(store);
  const name = at ?? all.at(-1);
  if (name === undefined)
    return { exit: 1, text: `no incident is recorded in ${place.environment}`, data: null };
  const file = await readIncident(name, store);
  return file ?? { exit: 1, text: `no incident ${name}; there are ${all.slice(-5).join(", ")}`, data: null };
}

const list: Verb = async (place) => {
  const store = incidentsAt(place);
  const read = await Promise.all((await incidents(store)).map((name) => readIncident(name, store)));
  const files = read.filter((file) => file !== undefined);
  return done(files.map(incidentLine).join("\n") || "no incident is recorded", files);
};

const show: Verb = async (place, _, at) => {
  const file = await fileOf(place, at);
  return "exit" in file ? file : done(incidentText(file), file);
};

/** The last one that moved something, or tried the way: an alert alone has nothing to look back at. */
async function lastMoved(place: IncidentPlace): Promise<string | undefined> {
  const store = incidentsAt(place);
  for (const name of (await incidents(store)).toReversed()) {
    const file = await readIncident(name, store);
    if (file && incidentKind(file) !== "alert") return name;
  }
  return undefined;
}

const postmortem: Verb = async (place, { out }, at) => {
  const file = await fileOf(place, at ?? (await lastMoved(place)));
  if ("exit" in file) return file;
  if (incidentKind(file) === "alert" && !file.hasPostmortem) {
    const text = `${file.incident} is an alert: nothing was rolled back, there is nothing to draft; "show" tells who heard of it`;
    return { exit: 1, text, data: null };
  }
  const markdown = postmortemOf({ file, yachtNames: place.yachtNames });
  if (out) writeFileSync(out, markdown);
  return done(out ? `written to ${out}` : markdown, { incident: file.incident, markdown });
};

const tryIt: Verb = async (place, { json, seconds }) => {
  const tell = (text: string) => void (json ? process.stderr : process.stdout).write(`${text}\n`);
  const report = await drill(awsDrill(place, incidentsAt(place)), seconds, tell);
  return { exit: report.problems.length === 0 ? 0 : 1, text: drillText(report), data: report };
};

const webhook: Verb = async (place) => {
  if (process.stdin.isTTY)
    throw new Error("the webhook is read from standard input, so that no shell keeps it");
  const given = (await readAll(process.stdin)).trim();
  const { host } = await storeWebhook(place, given.startsWith("{") ? JSON.parse(given) : { url: given });
  return done(`the chat at ${host} is told from now on; try it with "npm run incident -- drill"`, { host });
};

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("it is a whole number, 1 or more");
}

const program = new Command("npm run incident --")
  .description("Reads the record of rollbacks, drafts postmortems, and tries the way to the contacts.")
  .showHelpAfterError("(--help tells more)")
  .exitOverride(usageExit)
  .addHelpText(
    "after",
    "\nExit codes: 0 done, 1 there is no such incident or the drill failed, 2 it could not be done.",
  );

const at = "[incident]";

function add(name: string, description: string, run: Verb, argument = false): Command {
  const command = program
    .command(name)
    .description(description)
    .addOption(new Option("--env <environment>", "environment").choices(environments).default("local"))
    .option("--state <directory>", "local: where the stack lives", ".part-lens/local")
    .option("--json", "print JSON; progress goes to standard error", false);
  if (argument) command.argument(at, "its name, as list shows it; default: the last one");
  command.action(async (...args: unknown[]) => {
    const named = argument ? (args[0] as string | undefined) : undefined;
    process.exitCode = await carryOut(run, command.opts<Options>(), named);
  });
  return command;
}

add("list", "the incidents, oldest first", list);
add("show", "what a rollback did, and who was told", show, true);
add("postmortem", "the draft as Markdown, from the record as it is now", postmortem, true).option(
  "--out <file>",
  "write it there",
);
add(
  "drill",
  "fires the drill's alarm: it goes the whole way to the contacts and moves nothing",
  tryIt,
).option("--seconds <number>", "longest wait for the evidence", seconds, 180);
add("webhook", "stores the chat's webhook, read from standard input, encrypted", webhook);

async function carryOut(run: Verb, options: Options, named: string | undefined): Promise<number> {
  try {
    return print(await run(incidentPlace(options.env, options.state), options, named), options.json);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return print({ exit: 2, text, data: { error: text } }, options.json);
  }
}

function print({ data, exit, text }: Result, json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  else (exit === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  return exit;
}

await program.parseAsync();
