/** `npm run tenants -- <command>`: which tenants move from one database to another, and the move itself. */
import cliProgress from "cli-progress";
import { Command, CommanderError } from "commander";
import pg from "pg";
import { connection, type DatabaseTarget } from "./connection.ts";
import { MoveRefused, type TenantMove, tenantMoves } from "./move/move-record.ts";
import { abortMove, moveTenant } from "./move/move-tenant.ts";
import { CopyDiffers } from "./move/table-copy.ts";
import { TablesNotMovable } from "./move/tenant-tables.ts";
import { WritesNotStopped } from "./move/write-stop.ts";

const exit = { done: 0, refused: 1, usage: 2 } as const;
/** What the message alone says enough about. */
const named = [MoveRefused, CopyDiffers, TablesNotMovable, WritesNotStopped];

const manual = `
A move begins in the config: "cluster: <new>, movedFrom: <old>" of the tenant, and an update of the service layer, which
makes the new database beside the old one. Until this command has moved the rows, the tenant stays where it is.

The database, by environment variables, as the role part_lens_migrator:
  MASTER_HOST, MASTER_PORT, MASTER_DATABASE   MASTER, which knows both databases
  PGPASSFILE, PGSSLMODE                       how to sign in (without PGPASSFILE: an IAM token)
A local stack's are in .part-lens/local/jobs.env: (. .part-lens/local/jobs.env && npm run tenants -- list)

While it moves, the tenant's writes are answered with 503 dependency_unavailable and Retry-After, its reads go on; other
tenants notice nothing. Do not move during a bake: those 503 count. Interrupted at any point, it is run again, or taken
back with --abort. The old database is kept and refuses writes, until movedFrom is taken out of the config.

Exit codes: 0 it is done, 1 it was refused or failed, 2 the command line is wrong, 130 Ctrl-C: run it again, or abort.`;

interface Options {
  readonly to?: string;
  readonly abort: boolean;
  readonly overwrite: boolean;
  readonly json: boolean;
}

const program = new Command("npm run tenants --")
  .description("Moves a tenant with its rows to another database, as the config wants it.")
  .exitOverride();

program
  .command("list")
  .description("the moves that are planned, under way, or done with the old database kept")
  .option("--json", "print them as JSON", false)
  .addHelpText("after", manual)
  .exitOverride()
  .action(async ({ json }: Options) => {
    const moves = await withMaster(tenantMoves);
    const lines = moves.map(moveLine).join("\n") || "No tenant moves.";
    process.stdout.write(`${json ? JSON.stringify(moves, null, 2) : lines}\n`);
  });

program
  .command("move")
  .description("moves a tenant to the cluster that the config says, or takes that back")
  .argument("<tenant>", "its id")
  .option("--to <cluster>", "the cluster, as the config names it")
  .option("--abort", "take back what an interrupted move has done", false)
  .option("--overwrite", "rows in the database to move to are an earlier copy: replace them", false)
  .option("--json", "print the result as JSON; everything else goes to standard error", false)
  .showHelpAfterError("(--help tells more)")
  .addHelpText("after", manual)
  .exitOverride()
  .action(move);

async function move(tenant: string, options: Options): Promise<void> {
  const { to, abort, overwrite, json } = options;
  if (abort === (to !== undefined))
    throw new CommanderError(exit.usage, "usage", "give --to CLUSTER, or --abort");
  const tell = (text: string) => (json ? process.stderr : process.stdout).write(`${tenant}: ${text}\n`);
  const result = await withMaster(async (master) => {
    if (to === undefined) return abortMove({ master, tenant, tell });
    const bar = progressBar();
    return moveTenant({ master, tenant, to, overwrite, tell, onRows: bar.update }).finally(bar.stop);
  });
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else if ("stoppedSeconds" in result)
    tell(`moved; its writes were stopped for ${result.stoppedSeconds?.toFixed(1)} s`);
  else if (to !== undefined) tell(`is on ${to}`);
}

/** Told about every two seconds, once it takes so long. */
function progressBar() {
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: "{value} rows copied, {duration_formatted}",
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 2_000,
  });
  const from = Date.now() + 2_000;
  let shown = false;
  return {
    update: (rows: number) => {
      if (!shown && Date.now() >= from) {
        shown = true;
        bar.start(rows, rows);
      }
      if (shown) bar.update(rows);
    },
    stop: () => {
      if (shown) bar.stop();
    },
  };
}

function moveLine({ tenant, state, from, to, changed_at }: TenantMove): string {
  return `${tenant}: ${state} since ${changed_at}, from ${from.cluster} (${from.host}) to ${to.cluster} (${to.host})`;
}

async function withMaster<Result>(task: (master: pg.Client) => Promise<Result>): Promise<Result> {
  const target = masterTarget(process.env);
  const master = new pg.Client(connection(target, "part_lens_migrator"));
  // A connection that breaks later is told by its query.
  master.on("error", () => {});
  try {
    await master.connect();
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    throw new MoveRefused(`MASTER at ${target.host}:${target.port} is not reachable: ${message || code}`);
  }
  try {
    return await task(master);
  } finally {
    await master.end();
  }
}

function masterTarget({
  MASTER_HOST,
  MASTER_PORT = "5432",
  MASTER_DATABASE,
}: NodeJS.ProcessEnv): DatabaseTarget {
  const port = Number(MASTER_PORT);
  if (!MASTER_HOST) throw new MoveRefused("set MASTER_HOST: it names MASTER; --help tells more");
  if (!Number.isInteger(port) || port < 1) throw new MoveRefused("MASTER_PORT must be a port number");
  return { host: MASTER_HOST, port, database: MASTER_DATABASE ?? "part_lens_master" };
}

process.once("SIGINT", () => {
  process.stderr.write("tenants: interrupted; run the move again, or take it back with --abort\n");
  process.exit(130);
});

try {
  await program.parseAsync();
} catch (error) {
  const known = named.some((kind) => error instanceof kind);
  if (error instanceof CommanderError && error.code !== "usage")
    process.exitCode = error.exitCode === 0 ? exit.done : exit.usage;
  else {
    const text = known || error instanceof CommanderError ? (error as Error).message : (error as Error).stack;
    process.stderr.write(`tenants: ${text}\n`);
    process.exitCode = error instanceof CommanderError ? exit.usage : exit.refused;
  }
}
