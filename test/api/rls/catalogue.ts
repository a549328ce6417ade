/** What PostgreSQL's catalogue says of the schema's tables, views and policies. */
import type pg from "pg";

async function names(superuser: pg.Client, query: string): Promise<string[]> {
  return (await superuser.query<{ name: string }>(query)).rows.map((row) => row.name);
}

const hasYacht = "exists (select from pg_attribute where attrelid = found.oid and attname = 'yacht_id')";
const relations = (kinds: string) =>
  `select relname as name from pg_class found
    where relnamespace = 'part_lens'::regnamespace and relkind in (${kinds})`;

export const yachtTables = (superuser: pg.Client) =>
  names(superuser, `${relations("'r', 'p'")} and ${hasYacht} order by 1`);

export const otherTables = (superuser: pg.Client) =>
  names(superuser, `${relations("'r', 'p'")} and not ${hasYacht} order by 1`);

/** Tables whose policies are off, or are not asked for the tables' owner. */
export const unforcedTables = (superuser: pg.Client) =>
  names(
    superuser,
    `${relations("'r', 'p'")} and ${hasYacht} and not (relrowsecurity and relforcerowsecurity) order by 1`,
  );

/** Views that read with their owner's rights, which row level security does not hold back. */
export const ownersViews = (superuser: pg.Client) =>
  names(
    superuser,
    `${relations("'v', 'm'")} and not coalesce(reloptions @> '{security_invoker=true}', false) order by 1`,
  );

export const views = (superuser: pg.Client) =>
  names(superuser, `${relations("'v', 'm'")} and ${hasYacht} order by 1`);

export interface Policy {
  readonly table: string;
  readonly name: string;
  /** The expressions, null where there is none. */
  readonly using: string | null;
  readonly check: string | null;
}

export async function policies(superuser: pg.Client): Promise<Policy[]> {
  const query = `select tablename as table, policyname as name, qual as using, with_check as check
    from pg_policies where schemaname = 'part_lens' order by 1, 2`;
  return (await superuser.query<Policy>(query)).rows;
}
