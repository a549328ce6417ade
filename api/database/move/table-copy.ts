import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { owner, stopStatements } from "./write-stop.ts";

/** What was copied is not what was read: nothing of the copy was kept. */
export class CopyDiffers extends Error {
  override readonly name = "CopyDiffers";
}

/** A table's content: equal where the same rows are, in whatever order. */
export interface TableState {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over every row's own, in their order. */
  readonly sha256: string;
}

/** Rows in one statement. */
const batch = 500;
/** A row as text is the same text on both sides. */
const exact = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601';
  set local extra_float_digits = 1; set local bytea_output = 'hex'`;

const qualified = (table: string) => `part_lens.${table}`;

/** What lies in these tables, as one snapshot. The client must not be in a transaction. */
export async function tableStates(client: ClientBase, tables: readonly string[]): Promise<TableState[]> {
  await client.query("begin isolation level repeatable read read only");
  try {
    return await statesWithin(client, tables);
  } finally {
    await client.query("rollback");
  }
}

async function statesWithin(client: ClientBase, tables: readonly string[]): Promise<TableState[]> {
  await client.query(exact);
  const states: TableState[] = [];
  for (const table of tables) {
    const hash = createHash("sha256");
    let rows = 0;
    for await (const some of batches(
      client,
      `select encode(sha256(convert_to(moved::text, 'UTF8')), 'hex') as row
        from ${qualified(table)} moved order by encode(sha256(convert_to(moved::text, 'UTF8')), 'hex') collate "C"`,
    )) {
      for (const row of some) hash.update(row);
      rows += some.length;
    }
    states.push({ table, rows, sha256: hash.digest("hex") });
  }
  return states;
}

/** Reads in turns, whatever there is. Within a transaction. */
async function* batches(client: ClientBase, query: string): AsyncGenerator<string[]> {
  await client.query(`declare moving no scroll cursor for ${query}`);
  for (;;) {
    const { rows } = await client.query<[string]>({ text: `fetch ${batch} from moving`, rowMode: "array" });
    if (rows.length === 0) break;
    yield rows.map(([row]) => row);
  }
  await client.query("close moving");
}

/** Every table that differs, in words. */
export function differences(from: readonly TableState[], to: readonly TableState[]): string[] {
  const copied = new Map(to.map((state) => [state.table, state]));
  return from.flatMap(({ table, rows, sha256 }) => {
    const copy = copied.get(table);
    if (copy?.sha256 === sha256 && copy.rows === rows) return [];
    return [
      `${table} has ${rows} rows there, ${copy?.rows ?? "none"} here${copy?.rows === rows ? ", other ones" : ""}`,
    ];
  });
}

export interface CopyOptions {
  /** Writes are stopped in it. */
  readonly source: ClientBase;
  /** Nobody is routed to it. */
  readonly target: ClientBase;
  /** Those that others refer to first. */
  readonly tables: readonly string[];
  /** Rows copied so far. */
  readonly onRows?: (rows: number) => void;
}

/**
 * Makes the target's tables what the source's are, in one transaction: whatever was in them is gone, and they refuse
 * writes from then on. Triggers rest meanwhile, so that ledger and audit log keep their order, times and hashes. Throws
 * CopyDiffers.
 */
export async function copyTables({ source, target, tables, onRows }: CopyOptions): Promise<TableState[]> {
  await source.query("begin isolation level repeatable read read only");
  await target.query("begin");
  try {
    await target.query(exact);
    await asOwner(target, emptied(tables));
    await source.query(exact);
    let copied = 0;
    for (const table of tables) {
      for await (const rows of batches(source, `select moved::text from ${qualified(table)} moved`)) {
        await insertRows(target, table, rows);
        copied += rows.length;
        onRows?.(copied);
      }
    }
    const states = await statesWithin(source, tables);
    const found = differences(states, await statesWithin(target, tables));
    if (found.length > 0) throw new CopyDiffers(`the copy differs: ${found.join("; ")}`);
    await asOwner(target, `${triggers("enable", tables)}\n${stopStatements(tables)}`);
    // Nobody has looked at the rows yet: without this the first requests would be planned blindly.
    await asOwner(target, tables.map((table) => `analyze ${qualified(table)};`).join("\n"));
    await target.query("commit");
    return states;
  } catch (error) {
    await target.query("rollback").catch(() => {});
    throw error;
  } finally {
    await source.query("rollback").catch(() => {});
  }
}

/** Takes a copy away again. Never for a database that requests are routed to. */
export async function emptyTables(client: ClientBase, tables: readonly string[]): Promise<void> {
  await client.query("begin");
  try {
    await asOwner(client, `${emptied(tables)}\n${triggers("enable", tables)}`);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

function emptied(tables: readonly string[]): string {
  const stops = tables.map((table) => `drop trigger if exists writes_stopped on ${qualified(table)};`);
  const truncated = `truncate ${tables.map(qualified).join(", ")};`;
  return [...stops, triggers("disable", tables), truncated].join("\n");
}

function triggers(how: "enable" | "disable", tables: readonly string[]): string {
  return tables.map((table) => `alter table ${qualified(table)} ${how} trigger user;`).join("\n");
}

async function asOwner(client: ClientBase, statements: string): Promise<void> {
  await client.query(`set local role ${owner}`);
  await client.query(statements);
  await client.query("reset role");
}

async function insertRows(client: ClientBase, table: string, rows: readonly string[]): Promise<void> {
  await client.query(
    `insert into ${qualified(table)} select (moved.entry).* from (
       select entry::${qualified(table)} as entry from unnest($1::text[]) as entry offset 0
     ) moved`,
    [rows],
  );
}
