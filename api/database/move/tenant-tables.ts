import type { ClientBase } from "pg";

/** The database has something that a move does not carry, or does not show all its rows: nothing was changed. */
export class TablesNotMovable extends Error {
  override readonly name = "TablesNotMovable";
}

/** How PostgreSQL keeps its own books of the SQL: made by the migrator in each database, and compared. */
const bookkeeping = "migrations";

const tablesQuery = `select relname as name from pg_class
  where relnamespace = 'part_lens'::regnamespace and relkind in ('r', 'p') and relname <> $1 order by relname`;
const referencesQuery = `select conrelid::regclass::text as "from", confrelid::regclass::text as "to"
  from pg_constraint where contype = 'f' and connamespace = 'part_lens'::regnamespace and conrelid <> confrelid`;
const sequencesQuery = `select relname as name from pg_class
  where relnamespace = 'part_lens'::regnamespace and relkind = 'S'`;
/** Tables whose policies may hide rows of the role that asks. */
const hiddenQuery = `select relname as name from pg_class
  where relnamespace = 'part_lens'::regnamespace and relkind in ('r', 'p') and relrowsecurity and (
    not exists (select from pg_policies where schemaname = 'part_lens' and tablename = relname
      and permissive = 'PERMISSIVE' and cmd = 'ALL' and qual = 'true' and current_user = any (roles))
    or exists (select from pg_policies where schemaname = 'part_lens' and tablename = relname
      and permissive = 'RESTRICTIVE'))`;

/**
 * The tables of a tenant's database, those that others refer to first. Throws TablesNotMovable when a policy may hide
 * rows of this role, or when there is a sequence, whose state nobody would carry.
 */
export async function tenantTables(client: ClientBase): Promise<string[]> {
  const names = async (text: string, values: readonly unknown[] = []) =>
    (await client.query<{ name: string }>(text, [...values])).rows.map(({ name }) => name);
  const hidden = await names(hiddenQuery);
  if (hidden.length > 0) throw new TablesNotMovable(`policies may hide rows of ${hidden.join(", ")}`);
  const sequences = await names(sequencesQuery);
  if (sequences.length > 0)
    throw new TablesNotMovable(`a move carries no sequences: ${sequences.join(", ")}`);
  const tables = await names(tablesQuery, [bookkeeping]);
  const { rows } = await client.query<{ from: string; to: string }>(referencesQuery);
  const bare = (name: string) => name.replace(/^part_lens\./, "");
  return inOrder(
    tables,
    rows.map(({ from, to }) => [bare(from), bare(to)] as const),
  );
}

/** Each table after those it refers to. Throws TablesNotMovable where they refer to each other in a circle. */
export function inOrder(
  tables: readonly string[],
  references: readonly (readonly [from: string, to: string])[],
): string[] {
  const ordered: string[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const ready = left.filter((table) =>
      references.every(([from, to]) => from !== table || ordered.includes(to)),
    );
    if (ready.length === 0) throw new TablesNotMovable(`these refer to each other: ${left.join(", ")}`);
    ordered.push(...ready);
    left = left.filter((table) => !ready.includes(table));
  }
  return ordered;
}
