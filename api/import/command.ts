/** `npm run import -- --yacht ID FILE`: a PMS export becomes the inventory of a yacht. */
import cliProgress from "cli-progress";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { uuid } from "../fields.ts";
import { roles } from "../roles.ts";
import { UnreadableInventory } from "./detect.ts";
import { readExport } from "./export-file.ts";
import { batchSize, type ImportResult, ImportStopped, loadParts, onHandOf } from "./load.ts";
import { type Inventory, readInventory } from "./map.ts";
import { mappedColumns, mappingText, refusedRows } from "./mapping.ts";
import { ImportImpossible, type Place, placeOf } from "./place.ts";

interface Options {
  readonly yacht: string;
  readonly user: string;
  readonly role: string;
  readonly dryRun: boolean;
  readonly onBadRows: "skip" | "refuse";
  readonly json: boolean;
}

const exit = { done: 0, failed: 1, usage: 2, rowsLeftOut: 3 } as const;
/** Stands in the ledger for an import that nobody in particular asked for. */
const nobody = "00000000-0000-0000-0000-000000000000";
const barFrom = 5_000;

const manual = `
The database, by environment variables:
  PGDATABASE, PGHOST, PGPORT, PGUSER      the tenant's database itself, or
  MASTER_HOST, MASTER_PORT, MASTER_DATABASE   MASTER, which knows where the yacht's rows are
  PGPASSFILE, PGSSLMODE                   how to sign in (without PGPASSFILE: an IAM token)
A local stack's are in .part-lens/local/jobs.env: (. .part-lens/local/jobs.env && npm run import -- …)
A dry run needs none of them; with them it also tells which parts the yacht has already.

Parts are loaded ${"1,000"} in a transaction. An import that was stopped is completed by running it again:
a part that has stock already keeps it, and what differs from the file is reported.

Exit codes:
  0  every row was loaded (dry run: would be)
  1  it failed, or bad rows were refused with --on-bad-rows refuse; the message says if anything was written
  2  the command line is wrong
  3  bad rows were left out, the others loaded (dry run: would be)
  130  Ctrl-C`;

const command = new Command("npm run import --")
  .description("Imports a PMS export (CSV with any usual delimiter) as a yacht's inventory.")
  .argument("<file>", "the export")
  .requiredOption("--yacht <id>", "the yacht's id", anId)
  .option("--user <id>", "who imports; stands in the ledger and the audit log", anId, nobody)
  .addOption(
    new Option("--role <role>", "that user's role on the yacht")
      .choices(Object.keys(roles))
      .default("manager"),
  )
  .option("--dry-run", "show what would be done and write nothing", false)
  .addOption(
    new Option("--on-bad-rows <what>", "leave bad rows out, or refuse the whole file")
      .choices(["skip", "refuse"])
      .default("skip"),
  )
  .option("--json", "print the result as JSON; everything else goes to standard error", false)
  .showHelpAfterError("(--help tells more)")
  .addHelpText("after", manual)
  .exitOverride();

function anId(text: string): string {
  const { success, data } = uuid.safeParse(text);
  if (!success) throw new InvalidArgumentError("It must be a UUID.");
  return data;
}

/** How many parts are loaded; undefined: nothing is being written. */
let written: number | undefined;

interface Report extends Partial<ImportResult> {
  readonly known?: number;
}

async function main(file: string, options: Options): Promise<number> {
  const say = (text: string) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);
  const inventory = readInventory(await readExport(file));
  say(`${file}\n${mappingText(inventory)}`);
  const bad = refusedRows(inventory.problems);
  const refused = bad > 0 && options.onBadRows === "refuse";
  const report = refused && !options.dryRun ? {} : await withPlace(inventory, options, say);
  if (options.json) process.stdout.write(`${JSON.stringify(resultOf(inventory, options, report))}\n`);
  say(endText(inventory, options, report, refused));
  if (refused) return exit.failed;
  return bad > 0 ? exit.rowsLeftOut : exit.done;
}

/** Loads, or looks what would be loaded. A dry run without a database only reads the file. */
async function withPlace(
  inventory: Inventory,
  options: Options,
  say: (text: string) => void,
): Promise<Report> {
  const place = await placeOf(options.yacht, process.env);
  if (!place) {
    if (options.dryRun) return {};
    throw new ImportImpossible("no database is named: set PGDATABASE, or MASTER_HOST; --help tells more");
  }
  try {
    say(`Yacht ${place.yacht ?? options.yacht}, ${place.text}`);
    if (options.dryRun) {
      return { known: (await onHandOf(place.client, options.yacht, inventory.parts)).size };
    }
    return await load(place, inventory, options);
  } finally {
    await place.client.end();
  }
}

async function load({ client }: Place, { parts }: Inventory, options: Options): Promise<ImportResult> {
  const target = { yachtId: options.yacht, userId: options.user, role: options.role };
  written = 0;
  const count = (loaded: number) => {
    written = loaded;
  };
  if (parts.length < barFrom) return loadParts(client, target, parts, count);
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: "Loading {bar} {value}/{total} parts, {duration_formatted}",
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });
  bar.start(parts.length, 0);
  try {
    return await loadParts(client, target, parts, (loaded) => {
      count(loaded);
      bar.update(loaded);
    });
  } finally {
    bar.stop();
  }
}

function resultOf(inventory: Inventory, { yacht, dryRun }: Options, report: Report) {
  const { table, parts, problems } = inventory;
  return {
    yacht,
    dryRun,
    delimiter: table.delimiter,
    headerLine: table.headerLine,
    columns: mappedColumns(inventory),
    ignored: table.ignored,
    rows: table.rows.length,
    good: parts.length,
    bad: refusedRows(problems),
    parts: 0,
    opened: 0,
    differences: [],
    ...report,
    problems,
  };
}

function endText({ parts }: Inventory, { dryRun }: Options, report: Report, refused: boolean): string {
  const { known, parts: loaded = 0, opened, differences = [] } = report;
  const found = known === undefined ? "" : `: ${parts.length - known} new, ${known} known`;
  if (refused) return "Refused for its bad rows. Nothing was written.";
  if (dryRun) return `Dry run: ${parts.length} parts would be loaded${found}. Nothing was written.`;
  const shown = differences
    .slice(0, 10)
    .map(
      ({ line, externalId, exported, onHand }) =>
        `  line ${line}: ${externalId} has ${onHand} on hand, the file says ${exported}`,
    );
  const heading =
    differences.length > 0 ? [`${differences.length} keep another stock than the file says:`] : [];
  return [`${loaded} parts loaded, the stock of ${opened} opened.`, ...heading, ...shown].join("\n");
}

/** What went wrong, for people, and whether anything had been written. */
function failureText(error: unknown): string {
  if (error instanceof UnreadableInventory) return `not an inventory: ${error.message}. Nothing was written.`;
  if (error instanceof ImportImpossible) return `${error.message}. Nothing was written.`;
  if (!(error instanceof ImportStopped)) return `${error instanceof Error ? error.stack : String(error)}`;
  const written = error.loaded === 0 ? "Nothing was written" : `${error.loaded} parts were loaded before it`;
  return `the database stopped it: ${error.message}. ${written}; run it again when that is mended.`;
}

process.once("SIGINT", () => {
  const text =
    written === undefined
      ? "Nothing was written."
      : `${written} parts are loaded, perhaps ${batchSize} more; run it again, and the rest is.`;
  process.stderr.write(`\nimport: interrupted. ${text}\n`);
  process.exit(130);
});

try {
  command.parse();
  process.exitCode = await main(command.args[0] ?? "", command.opts<Options>());
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.done : exit.usage;
  else {
    process.stderr.write(`import: ${failureText(error)}\n`);
    process.exitCode = exit.failed;
  }
}
