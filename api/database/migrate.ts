import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { type CatalogueSection, catalogueEntry, catalogueOf, isCatalogueEntry } from "./catalogue.ts";
import { refuseContracts } from "./contracts.ts";
import type { SqlBundle, SqlFile } from "./sql-bundle.ts";
import { sqlFailure } from "./sqlstate.ts";
import { lockRefusals, lockTables, lockTries, turnMilliseconds } from "./table-locks.ts";

export interface MigrateOptions {
  /** How long one attempt waits for the tables before it lets the others through. Default: see table-locks.ts. */
  readonly lockMilliseconds?: number;
  /** Default 30. */
  readonly attempts?: number;
  /** The last table file that the last known-good code was built with. Default: no code is known to be good. */
  readonly knownGood?: number | undefined;
}

export interface Migrated {
  /** Paths of the files that were run; empty when the database was up to date. */
  readonly applied: readonly string[];
  readonly hash: string;
}

/** A table file that a database has already seen was edited, removed, or came in before others. */
export class EditedMigrationError extends Error {
  override readonly name = "EditedMigrationError";
}

/** A file failed; the message names it. Nothing of the run was kept. */
export class SqlFileError extends Error {
  override readonly name = "SqlFileError";
}

const bundleEntry = "bundle";
/** A lock, or the clash of two GRANTs on one object. */
const retried = new Set([...lockRefusals, "XX000"]);
/** How long another migrator of the same database, or a move, is waited for in one attempt. Nobody waits for us meanwhile. */
const turnOfMigrators = 2_500;
const longestPause = 500;

const bookkeeping = `create table if not exists part_lens.migrations (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now()
)`;
/** Views first: who reads one locks it before its tables. */
const relations = `select relname as name from pg_class where relnamespace = 'part_lens'::regnamespace
  and relkind in ('r', 'p', 'v') and relname <> 'migrations' order by relkind = 'v' desc, relname`;
const record = `insert into part_lens.migrations (name, sha256) values ($1, $2)
  on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()`;

/** The table files still to run. Throws EditedMigrationError. */
export function pendingTables(tables: readonly SqlFile[], known: ReadonlyMap<string, string>): SqlFile[] {
  const paths = new Set(tables.map((file) => file.path));
  const seen = [...known.keys()].filter((name) => name !== bundleEntry && !isCatalogueEntry(name));
  const removed = seen.filter((name) => !paths.has(name));
  const edited = tables.filter((file) => known.has(file.path) && known.get(file.path) !== file.sha256);
  const last = seen.sort().at(-1) ?? "";
  const early = tables.filter((file) => !known.has(file.path) && file.path < last);
  const problems = [
    ...removed.map((name) => `${name} was removed`),
    ...edited.map((file) => `${file.path} was edited`),
    ...early.map((file) => `${file.path} comes before ${last}, which is already applied`),
  ];
  if (problems.length > 0) {
    throw new EditedMigrationError(
      `tables are append-only, write a new file instead: ${problems.join("; ")}`,
    );
  }
  return tables.filter((file) => !known.has(file.path));
}

async function run(client: Client, file: SqlFile): Promise<void> {
  try {
    await client.query(file.text);
  } catch (error) {
    if (retried.has(sqlFailure(error)?.code ?? "")) throw error;
    throw new SqlFileError(`${file.path}: ${(error as Error).message}`, { cause: error });
  }
}

/** What the files may alter and requests use, before anything is altered. Functions are replaced under running calls. */
async function lockAltered(client: Client, files: readonly SqlFile[], milliseconds: number): Promise<void> {
  if (!files.some(({ path }) => /\/(tables|views|policies)\//.test(path))) return;
  const { rows } = await client.query<{ name: string }>(relations);
  const names = rows.map(({ name }) => name);
  if (names.length > 0) await lockTables(client, names, "access exclusive", milliseconds);
}

async function migrateOnce(
  client: Client,
  bundle: SqlBundle,
  { lockMilliseconds, knownGood }: Required<Pick<MigrateOptions, "lockMilliseconds">> & MigrateOptions,
): Promise<string[]> {
  await client.query(`set local lock_timeout = ${turnOfMigrators}`);
  await client.query("set local role part_lens_owner");
  // SQL functions may name views, which are made after them.
  await client.query("set local check_function_bodies = off");
  await client.query("set local client_min_messages = warning");
  await client.query("select pg_advisory_xact_lock(hashtextextended('part_lens.migrations', 0))");
  await client.query(bookkeeping);
  const { rows } = await client.query("select name, sha256 from part_lens.migrations");
  const known = new Map<string, string>(rows.map((row) => [row.name, row.sha256]));
  // One that was migrated before its catalogue was recorded is migrated once more.
  if (known.get(bundleEntry) === bundle.hash && [...known.keys()].some(isCatalogueEntry)) return [];
  const pending = pendingTables(bundle.tables, known);
  // No code serves from a database that is new.
  if (known.size > 0) refuseContracts(pending, bundle.kind, knownGood);
  const files = [...pending, ...bundle.reapplied];
  await lockAltered(client, files, lockMilliseconds);
  for (const file of files) await run(client, file);
  for (const file of bundle.tables)
    if (!known.has(file.path)) await client.query(record, [file.path, file.sha256]);
  await client.query(record, [bundleEntry, bundle.hash]);
  for (const [section, hash] of Object.entries(await catalogueOf(client)))
    await client.query(record, [catalogueEntry(section as CatalogueSection), hash]);
  return files.map((file) => file.path);
}

/**
 * Brings one database up to the bundle, in one transaction, as part_lens_owner; twice is once. The client is connected
 * as a member of that role, and the schema part_lens exists. Throws EditedMigrationError, ContractTooEarlyError,
 * SqlFileError, or the database's own error when the locks could not be had.
 */
export async function migrate(
  client: Client,
  bundle: SqlBundle,
  options: MigrateOptions = {},
): Promise<Migrated> {
  const { attempts = lockTries } = options;
  for (let attempt = 1; ; attempt++) {
    const chosen = { lockMilliseconds: turnMilliseconds(attempt), ...options };
    await client.query("begin");
    try {
      const applied = await migrateOnce(client, bundle, chosen);
      await client.query("commit");
      return { applied, hash: bundle.hash };
    } catch (error) {
      await client.query("rollback");
      if (attempt === attempts || !retried.has(sqlFailure(error)?.code ?? "")) throw error;
      await delay(Math.min(50 * attempt, longestPause));
    }
  }
}
