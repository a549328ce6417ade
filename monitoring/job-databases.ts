/** How the jobs reach the databases: each role by a connection of its own, kept for the next run where there is one. */
import pLimit from "p-limit";
import pg from "pg";
import { connection, type DatabaseTarget } from "../api/database/connection.ts";
import type { TenantTarget } from "../api/database/master.ts";
import type { JobRole } from "./job-schedule.ts";

/** A yacht and where its rows are. */
export interface YachtTarget extends TenantTarget {
  readonly yacht_id: string;
}

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

/** Idle connections kept for the next run: one that runs every minute signs in once, in a small fleet. */
const mostKept = 8;
/** A frozen function's socket may be dead: whoever does not answer by then is exchanged. */
const pingMilliseconds = 2_000;
const kept = new Map<string, pg.Client>();

/** Runs the task on a connection of that role. Throws what the task or PostgreSQL throws. */
export async function connectedAs<Result>(
  role: JobRole,
  target: DatabaseTarget,
  task: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const key = `${role}@${target.host}:${target.port}/${target.database}`;
  const client = (await takeKept(key)) ?? (await opened(role, target));
  try {
    const result = await task(client);
    keep(key, client);
    return result;
  } catch (error) {
    await ended(client);
    throw error;
  }
}

/** Closes what is kept: a command that is done must not wait for it. */
export async function closeConnections(): Promise<void> {
  const clients = [...kept.values()];
  kept.clear();
  await Promise.all(clients.map(ended));
}

async function opened(role: JobRole, target: DatabaseTarget): Promise<pg.Client> {
  const client = new pg.Client(connection(target, role));
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function takeKept(key: string): Promise<pg.Client | undefined> {
  const client = kept.get(key);
  if (!client) return undefined;
  kept.delete(key);
  try {
    await client.query({ text: "select 1", query_timeout: pingMilliseconds } as pg.QueryConfig);
    return client;
  } catch {
    await ended(client);
    return undefined;
  }
}

function keep(key: string, client: pg.Client): void {
  const before = kept.get(key);
  kept.set(key, client);
  if (before) void ended(before);
  const [oldest] = kept;
  if (kept.size <= mostKept || !oldest) return;
  kept.delete(oldest[0]);
  void ended(oldest[1]);
}

/** One that is out of reach cannot be told: then it is gone, which is what was wanted. */
function ended(client: pg.Client): Promise<void> {
  return client.end().catch(() => undefined);
}

/** Every tenant that MASTER knows. Throws when there is none. */
export async function tenantsOf(master: DatabaseTarget): Promise<TenantTarget[]> {
  const tenants = await asked<TenantTarget>(master, "tenants");
  if (tenants.length === 0) throw new Error("MASTER knows no tenant: nothing could be examined");
  return tenants;
}

/** Every yacht that MASTER knows. Throws when there is none. */
export async function yachtsOf(master: DatabaseTarget): Promise<YachtTarget[]> {
  const yachts = await asked<YachtTarget>(master, "fleet_yachts");
  if (yachts.length === 0) throw new Error("MASTER knows no yacht: nothing could be examined");
  return yachts;
}

async function asked<Row>(master: DatabaseTarget, name: "tenants" | "fleet_yachts"): Promise<Row[]> {
  const { rows } = await connectedAs("part_lens_auditor", master, (client) =>
    client.query<{ found: Row[] }>(`select part_lens.${name}() as found`),
  );
  return rows[0]?.found ?? [];
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
