/** `npm run audit -- verify`: follows the audit log's chains of hashes, in every tenant or in one database. */
import { Command, CommanderError } from "commander";
import pg from "pg";
import { type AuditFindings, auditFindings, type BrokenLink } from "./audit-chain.ts";
import { connection, type DatabaseTarget } from "./connection.ts";

const exit = { whole: 0, broken: 1, failed: 2 } as const;
const auditor = "part_lens_auditor";

const manual = `
The databases, by environment variables, as the role ${auditor} (PGUSER names another):
  MASTER_HOST, MASTER_PORT, MASTER_DATABASE   MASTER, which knows every tenant, or
  PGDATABASE, PGHOST, PGPORT                  one tenant's database itself
  PGPASSFILE, PGSSLMODE                       how to sign in (without PGPASSFILE: an IAM token)
A local stack's are in .part-lens/local/jobs.env: (. .part-lens/local/jobs.env && npm run audit -- verify)

Keep the last hash of each yacht elsewhere: with it a chain that was cut and continued shows later.

Exit codes: 0 every chain is whole, 1 one is broken, 2 it could not be looked at.`;

type Variables = Readonly<Record<string, string | undefined>>;

/** The log could not be looked at; the message says why. */
class AuditImpossible extends Error {
  override readonly name = "AuditImpossible";
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1) throw new AuditImpossible(`${name} must be a port number`);
  return port;
}

async function targetsOf(variables: Variables): Promise<readonly DatabaseTarget[]> {
  const { PGDATABASE, PGHOST = "localhost", PGPORT = "5432" } = variables;
  const { MASTER_HOST, MASTER_PORT = "5432", MASTER_DATABASE = "part_lens_master" } = variables;
  if (PGDATABASE) return [{ host: PGHOST, port: portOf("PGPORT", PGPORT), database: PGDATABASE }];
  if (!MASTER_HOST) {
    const names = "set MASTER_HOST for every tenant, or PGDATABASE for one; --help tells more";
    throw new AuditImpossible(`no database is named: ${names}`);
  }
  const master = { host: MASTER_HOST, port: portOf("MASTER_PORT", MASTER_PORT), database: MASTER_DATABASE };
  const asked = "select part_lens.tenants() as tenants";
  const tenants = await inDatabase(master, async (client) => (await client.query(asked)).rows[0]?.tenants);
  if (!tenants?.length) throw new AuditImpossible("MASTER knows no tenant: nothing could be verified");
  return tenants;
}

async function inDatabase<Result>(
  target: DatabaseTarget,
  task: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(connection(target, process.env.PGUSER ?? auditor));
  // A connection that breaks later is told by its query.
  client.on("error", () => {});
  try {
    await client.connect();
    return await task(client);
  } catch (error) {
    // A refused connection is an AggregateError without a message.
    const { message, code } = error as Error & { code?: string };
    const where = `${target.database} at ${target.host}:${target.port}`;
    throw new AuditImpossible(`${where}: ${message || code || String(error)}`, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** One after the other: each reads a whole log. */
async function findings(variables: Variables): Promise<AuditFindings> {
  const all: AuditFindings[] = [];
  for (const target of await targetsOf(variables)) all.push(await inDatabase(target, auditFindings));
  return {
    yachts: all.flatMap(({ yachts }) => yachts),
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    broken: all.flatMap(({ broken }) => broken),
  };
}

const brokenLine = ({ yacht_id, sequence, problem }: BrokenLink) =>
  `yacht ${yacht_id}: broken at row ${sequence}: ${problem}`;

function report({ yachts, rows, broken }: AuditFindings): string {
  const chains = yachts.map(
    (chain) => `yacht ${chain.yacht_id}: ${chain.rows} rows, the last one's hash is ${chain.head}`,
  );
  const sum = `${yachts.length} yachts, ${rows} rows, ${broken.length} broken`;
  return [...chains, ...broken.map(brokenLine), sum].join("\n");
}

const program = new Command("npm run audit --")
  .description("Looks whether the audit log is what was written.")
  .showHelpAfterError("(--help tells more)")
  .exitOverride();

program
  .command("verify")
  .description("follows every yacht's chain of hashes, and names the first row that does not follow")
  .option("--json", "print one JSON object", false)
  .addHelpText("after", manual)
  .action(async ({ json }: { readonly json: boolean }) => {
    const found = await findings(process.env);
    console.log(json ? JSON.stringify(found) : report(found));
    process.exitCode = found.broken.length === 0 ? exit.whole : exit.broken;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exit.whole : exit.failed;
  else {
    process.stderr.write(`audit: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exit.failed;
  }
}
