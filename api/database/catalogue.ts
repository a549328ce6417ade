/** What the catalogue says of who may do and see what: recorded when a database was migrated, and compared later. */
import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { type DatabaseKind, sqlBundle } from "./sql-bundle.ts";

const ours = "'part_lens'::regnamespace";
const grant = "grantee::regrole::text, privilege_type, is_grantable";

/** The sections of the catalogue, each a query of one text column that says all that matters of an object. */
export const catalogueSections = {
  rowSecurity: `select concat_ws(' ', relname, relrowsecurity, relforcerowsecurity, relowner::regrole)
    from pg_class where relnamespace = ${ours} and relkind in ('r', 'p')`,
  policies: `select concat_ws(' ', tablename, policyname, permissive, roles::text, cmd, qual, '/', with_check)
    from pg_policies where schemaname = 'part_lens'`,
  views: `select concat_ws(' ', relname, reloptions::text, relowner::regrole)
    from pg_class where relnamespace = ${ours} and relkind in ('v', 'm')`,
  grants: `select concat_ws(' ', 'table', relname, ${grant})
      from pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) where relnamespace = ${ours}
    union all select concat_ws(' ', 'column', relname, attname, ${grant})
      from pg_class join pg_attribute on attrelid = pg_class.oid, aclexplode(attacl) where relnamespace = ${ours}
    union all select concat_ws(' ', 'function', proc.oid::regprocedure, prosecdef, ${grant})
      from pg_proc proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) where pronamespace = ${ours}
    union all select concat_ws(' ', 'schema', ${grant})
      from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) where nspname = 'part_lens'`,
  roles: `select concat_ws(' ', rolname, rolsuper, rolbypassrls)
    from pg_roles where rolname in ('part_lens_owner', 'part_lens_migrator', 'part_lens_api', 'part_lens_auditor')`,
} as const satisfies Record<string, string>;

export type CatalogueSection = keyof typeof catalogueSections;

const sections = Object.keys(catalogueSections) as CatalogueSection[];
const prefix = "catalogue ";

/** Whether a row of part_lens.migrations is no file but a record of the catalogue. */
export function isCatalogueEntry(name: string): boolean {
  return name.startsWith(prefix);
}

/** The name under which part_lens.migrations keeps a section's hash. */
export function catalogueEntry(section: CatalogueSection): string {
  return `${prefix}${section}`;
}

/** A SHA-256 of each section, the same for every role that asks. Within a transaction: it sets the search path there. */
export async function catalogueOf(client: ClientBase): Promise<Record<CatalogueSection, string>> {
  // Expressions are written with the names that the search path leaves out.
  await client.query("set local search_path = pg_catalog");
  const found: [CatalogueSection, string][] = [];
  for (const section of sections) {
    const { rows } = await client.query<[string]>({ text: catalogueSections[section], rowMode: "array" });
    const text = rows
      .map(([line]) => line)
      .sort()
      .join("\n");
    found.push([section, createHash("sha256").update(text).digest("hex")]);
  }
  return Object.fromEntries(found) as Record<CatalogueSection, string>;
}

/** How a database stands against what was applied to it. */
export interface DatabaseState {
  /** It is at the SQL of this build. */
  readonly migrated: boolean;
  /** The sections in which it is no longer what the migrator left. */
  readonly drifted: readonly CatalogueSection[];
}

/** Compares a database with this build's SQL and with its own record. Throws what PostgreSQL throws. */
export async function databaseState(client: ClientBase, kind: DatabaseKind): Promise<DatabaseState> {
  await client.query("begin read only");
  try {
    const { rows } = await client.query<{ name: string; sha256: string }>(
      "select name, sha256 from part_lens.migrations",
    );
    const known = new Map(rows.map(({ name, sha256 }) => [name, sha256]));
    const live = await catalogueOf(client);
    return {
      migrated: known.get("bundle") === sqlBundle(kind).hash,
      drifted: sections.filter((section) => known.get(catalogueEntry(section)) !== live[section]),
    };
  } finally {
    await client.query("rollback");
  }
}
