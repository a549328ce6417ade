import type { ClientBase } from "pg";
import { lockNotAvailable, queryCanceled } from "./sqlstate.ts";

/**
 * First below PostgreSQL's deadlock_timeout of 1 s: whoever waits for one of our tables and holds another is let through
 * before PostgreSQL ends one of us. Then above it: only whoever waits so long makes an autovacuum give way.
 */
const turns = { short: 400, shortTries: 20, long: 2_500, tries: 30 };

/** How often the locks are asked for. */
export const lockTries = turns.tries;

/** How long the locks are waited for in that try, the first is 1. Milliseconds. */
export const turnMilliseconds = (attempt: number): number =>
  attempt > turns.shortTries ? turns.long : turns.short;

/** SQLSTATEs after which the locks are asked for again: not free in time, all together or one by one; a deadlock. */
export const lockRefusals: ReadonlySet<string> = new Set([queryCanceled, lockNotAvailable, "40P01"]);

/**
 * Takes the locks of these tables and views of part_lens until the transaction ends, all of them within that time, or
 * fails with one of `lockRefusals`. Whoever has them waits for nobody any more, and so is in no deadlock.
 */
export async function lockTables(
  client: ClientBase,
  names: readonly string[],
  mode: string,
  milliseconds: number,
): Promise<void> {
  // Not lock_timeout, which counts anew for each of them.
  await client.query(`set local statement_timeout = ${Math.trunc(milliseconds)}`);
  await client.query(`lock table ${names.map((name) => `part_lens.${name}`).join(", ")} in ${mode} mode`);
  await client.query("set local statement_timeout to default");
}
