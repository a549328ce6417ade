import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { sqlFailure } from "../sqlstate.ts";

/** The tables' locks could not be had: long transactions hold them. Writes go on. */
export class WritesNotStopped extends Error {
  override readonly name = "WritesNotStopped";
}

export const owner = "part_lens_owner";
/**
 * First below deadlock_timeout: a writer that waits for us is let through before PostgreSQL ends one of us. Then above
 * it: only whoever waits so long makes an autovacuum give way.
 */
const patience = { short: 400, shortTries: 20, long: 2_500, tries: 30 };
/** lock_not_available, deadlock_detected. */
const retried = new Set(["55P03", "40P01"]);

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
  const all = tables.map(qualified).join(", ");
  for (let attempt = 1; ; attempt++) {
    const milliseconds = attempt > patience.shortTries ? patience.long : patience.short;
    try {
      await client.query("begin");
      await client.query(`set local lock_timeout = ${milliseconds}`);
      await client.query(`set local role ${owner}`);
      await client.query(`lock table ${all} in ${mode} mode`);
      await client.query(statements);
      return void (await client.query("commit"));
    } catch (error) {
      await client.query("rollback");
      if (!retried.has(sqlFailure(error)?.code ?? "")) throw error;
      if (attempt === patience.tries)
        throw new WritesNotStopped("others hold the locks of the tables for long", { cause: error });
      await delay(100);
    }
  }
}
