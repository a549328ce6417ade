/** How the jobs reach the databases: each role by a connection of its own, closed when its task is done. */
import pLimit from "p-limit";
import pg from "pg";
import { connection, type DatabaseTarget } from "../api/database/connection.ts";
import type { TenantTarget } from "../api/database/master.ts";

export type JobRole = "part_lens_auditor" | "part_lens_api" | "part_lens_migrator";

/** A job could not finish in some tenants; the others' results were told before. */
export class TenantsFailedError extends AggregateError {
  override readonly name = "TenantsFailedError";
}

/** The policies do not show the job every row: whatever it counted would prove nothing. */
export class RowsHiddenError extends Error {
  override readonly name = "RowsHiddenError";
}

/** Tenants looked at at the same time: a job must not take connections that requests need. */
const atOnce = 2;

/** Runs the task on a new connection. Throws what the task or PostgreSQL throws. */
export async function connectedAs<Result>(
  role: JobRole,
  target: DatabaseTarget,
  task: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(connection(target, role));
  client.on("error", () => {});
  await client.connect();
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}

/** Every tenant that MASTER knows, asked as the API: the auditor has no way into MASTER. Throws when there is none. */
export async function tenantsOf(master: DatabaseTarget): Promise<TenantTarget[]> {
  const { rows } = await connectedAs("part_lens_api", master, (client) =>
    client.query<{ tenants: TenantTarget[] }>("select part_lens.tenants() as tenants"),
  );
  const tenants = rows[0]?.tenants ?? [];
  if (tenants.length === 0) throw new Error("MASTER knows no tenant: nothing could be examined");
  return tenants;
}

/**
 * Runs the task for every tenant, even when some fail, and gives each result to `done` as it is there.
 * Throws TenantsFailedError with each failure, by tenant.
 */
export async function inEachTenant<Result>(
  tenants: readonly TenantTarget[],
  task: (tenant: TenantTarget) => Promise<Result>,
  done: (result: Result) => void,
): Promise<Result[]> {
  const limit = pLimit(atOnce);
  const run = async (tenant: TenantTarget) => {
    const result = await task(tenant);
    done(result);
    return result;
  };
  const runs = await Promise.allSettled(tenants.map((tenant) => limit(() => run(tenant))));
  const failures = runs.flatMap((settled, index) => {
    if (settled.status === "fulfilled") return [];
    const { message, code } = settled.reason as Error & { code?: string };
    return [new Error(`${tenants[index]?.tenant}: ${message || code}`, { cause: settled.reason })];
  });
  if (failures.length > 0)
    throw new TenantsFailedError(failures, failures.map((one) => one.message).join("; "));
  return runs.flatMap((settled) => (settled.status === "fulfilled" ? [settled.value] : []));
}

const hiddenTables = `select name from unnest($1::text[]) name where not exists (
  select from pg_policies where schemaname = 'part_lens' and tablename = name and qual = 'true'
    and permissive = 'PERMISSIVE' and cmd in ('ALL', 'SELECT') and current_user = any(roles)
) or exists (
  select from pg_policies where schemaname = 'part_lens' and tablename = name and permissive = 'RESTRICTIVE'
)`;

/** Throws RowsHiddenError unless the policies show the client's role every row of these tables. */
export async function mustSeeAll(client: pg.ClientBase, tables: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(hiddenTables, [tables]);
  if (rows.length === 0) return;
  throw new RowsHiddenError(`rows may be hidden from the job in ${rows.map(({ name }) => name).join(", ")}`);
}
