import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { sqlFailure } from "../sqlstate.ts";
import { lockRefusals, lockTables, lockTries, turnMilliseconds } from "../table-locks.ts";

/** The tables' locks could not be had: long transactions hold them. Writes go on. */
export class WritesNotStopped extends Error {
  override readonly name = "WritesNotStopped";
}

export const owner = "part_lens_owner";

const qualified = (table: string) => `part_lens.${table}`;
const trigger = "writes_stopped";

/** The statements that stop writes on tables whose locks are held. As their owner. */
export function stopStatements(tables: readonly string[]): string {
  return tables
    .map(
      (table) =>
        `create or replace trigger ${trigger} before insert or update or delete or truncate on ${qualified(table)} ` +
        "for each statement execute function part_lens.refuse_write();",
    )
    .join("\n");
}

/**
 * From its return on nothing writes to these tables, and whatever wrote before has ended: the locks wait for it, in
 * short turns. Twice is once. Throws WritesNotStopped.
 */
export function stopWrites(client: ClientBase, tables: readonly string[]): Promise<void> {
  // Nobody who reads is in the way of this lock.
  return withLocks(client, tables, "share row exclusive", stopStatements(tables));
}

/** Takes the stop off again. */
export function letWrite(client: ClientBase, tables: readonly string[]): Promise<void> {
  return withLocks(
    client,
    tables,
    "access exclusive",
    tables.map((table) => `drop trigger if exists ${trigger} on ${qualified(table)};`).join("\n"),
  );
}

/** Whether every one of these tables refuses writes. */
export async function writesAreStopped(client: ClientBase, tables: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from pg_trigger join pg_class on pg_class.oid = tgrelid
      where tgname = $1 and tgenabled = 'O' and relnamespace = 'part_lens'::regnamespace and relname = any ($2)`,
    [trigger, tables],
  );
  return rows[0]?.count === tables.length;
}

async function withLocks(
  client: ClientBase,
  tables: readonly string[],
  mode: string,
  statements: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query("begin");
      await client.query(`set local role ${owner}`);
      await lockTables(client, tables, mode, turnMilliseconds(attempt));
      await client.query(statements);
      return void (await client.query("commit"));
    } catch (error) {
      await client.query("rollback");
      if (!lockRefusals.has(sqlFailure(error)?.code ?? "")) throw error;
      if (attempt === lockTries)
        throw new WritesNotStopped("others hold the locks of the tables for long", { cause: error });
      await delay(100);
    }
  }
}
