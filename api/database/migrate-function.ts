/** The migrator's Lambda entry: MASTER, every tenant, then the fleet in MASTER. A run that ends early is run again. */
import pLimit from "p-limit";
import pg from "pg";
import { connection, type DatabaseTarget } from "./connection.ts";
import { type Migrated, migrate } from "./migrate.ts";
import { type DatabaseKind, migrationHash, sqlBundle } from "./sql-bundle.ts";

export interface FleetTenant extends DatabaseTarget {
  readonly id: string;
  readonly name: string;
  readonly cluster: string;
  /** Where it is to be moved from, or was: the database there is kept until the config forgets it. */
  readonly movedFrom?: DatabaseTarget & { readonly cluster: string };
}

export interface FleetYacht {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly pilot?: boolean;
  readonly holdOut?: boolean;
}

export interface Fleet {
  readonly tenants: readonly FleetTenant[];
  readonly yachts: readonly FleetYacht[];
}

export interface MigrateEvent {
  readonly fleet: Fleet;
  /** What the stack expects to be applied; the function carries its own SQL and refuses another hash. */
  readonly migrationHash: string;
  /** The last table file of each kind that the last known-good code was built with; left out where none is known. */
  readonly knownGood?: Readonly<Record<DatabaseKind, number>> | null;
}

export interface MigrateResult {
  readonly migrationHash: string;
  readonly databases: readonly (Migrated & { readonly database: string })[];
}

/** Databases migrated at the same time: enough to be quick, few enough for any cluster's connections. */
const batch = 4;
const user = "part_lens_migrator";

async function connected<Result>(
  target: DatabaseTarget,
  task: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(connection(target, user));
  client.on("error", () => {});
  await client.connect();
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}

async function migrateDatabase(kind: DatabaseKind, target: DatabaseTarget, good: MigrateEvent["knownGood"]) {
  const knownGood = good?.[kind];
  const migrated = await connected(target, (client) => migrate(client, sqlBundle(kind), { knownGood }));
  return { database: target.database, ...migrated };
}

/** Migrates them all, even when some fail, so that the next run has less to do. Throws AggregateError with each. */
async function migrateTenants(
  tenants: readonly FleetTenant[],
  good: MigrateEvent["knownGood"],
): Promise<MigrateResult["databases"]> {
  const atOnce = pLimit(batch);
  const runs = await Promise.allSettled(
    tenants.map((tenant) => atOnce(() => migrateDatabase("tenant", tenant, good))),
  );
  const failures = runs.flatMap((run, index) =>
    run.status === "rejected"
      ? [new Error(`${tenants[index]?.database}: ${run.reason?.message}`, { cause: run.reason })]
      : [],
  );
  if (failures.length > 0) {
    const names = failures.map((failure) => failure.message).join("; ");
    throw new AggregateError(
      failures,
      `${failures.length} of ${tenants.length} tenant databases failed: ${names}`,
    );
  }
  return runs.flatMap((run) => (run.status === "fulfilled" ? [run.value] : []));
}

/** The databases that tenants have not been moved from yet. One that a tenant has left refuses every write. */
async function stillServing(
  master: DatabaseTarget,
  tenants: readonly FleetTenant[],
): Promise<readonly FleetTenant[]> {
  const query = "select part_lens.tenants() as known";
  const { rows } = await connected(master, (client) =>
    client.query<{ known: (DatabaseTarget & { readonly tenant: string })[] }>(query),
  );
  const known = new Map(rows[0]?.known.map((one) => [one.tenant, one]));
  return tenants.flatMap(({ movedFrom, ...tenant }) => {
    const there = known.get(tenant.id);
    const serves = movedFrom && there?.host === movedFrom.host && there.port === movedFrom.port;
    return serves ? [{ ...tenant, ...movedFrom }] : [];
  });
}

function masterTarget(environment: NodeJS.ProcessEnv): DatabaseTarget {
  const { MASTER_HOST, MASTER_PORT, MASTER_DATABASE } = environment;
  if (!MASTER_HOST || !MASTER_PORT || !MASTER_DATABASE) {
    throw new Error("MASTER_HOST, MASTER_PORT and MASTER_DATABASE must be set");
  }
  return { host: MASTER_HOST, port: Number(MASTER_PORT), database: MASTER_DATABASE };
}

/** Lambda's handler. Throws when the hash is not its own, or with the database that failed. */
export async function handler(event: MigrateEvent): Promise<MigrateResult> {
  const own = migrationHash();
  if (event.migrationHash !== own) {
    throw new Error(`asked to apply the SQL ${event.migrationHash}, but this build carries ${own}`);
  }
  const target = masterTarget(process.env);
  const master = await migrateDatabase("master", target, event.knownGood);
  const left = await stillServing(target, event.fleet.tenants);
  const tenants = await migrateTenants([...event.fleet.tenants, ...left], event.knownGood);
  // Last, so that no request is routed to a database that is not ready.
  const fleet = JSON.stringify(event.fleet);
  await connected(target, (client) => client.query("select part_lens.sync_fleet($1::jsonb)", [fleet]));
  return { migrationHash: own, databases: [master, ...tenants] };
}
