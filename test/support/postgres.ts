/**
 * A real PostgreSQL for a test file, with roles and databases as the stack makes them, migrated and seeded:
 * MASTER and the tenants alpha and beta. About two seconds; stop it in afterAll.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { migrate } from "../../api/database/migrate.ts";
import { type DatabaseKind, sqlBundle } from "../../api/database/sql-bundle.ts";
import { statementsExtension } from "../../infra/database/engine.ts";
import { PostgresData } from "../../infra/local/services/postgres-data.ts";
import { type PostgresOptions, PostgresServer } from "../../infra/local/services/postgres-server.ts";
import { type PartKey, seedMembers, seedParts, tenantOf, type YachtName, yachts } from "./fleet.ts";

export type LoginRole =
  | "postgres"
  | "part_lens_admin"
  | "part_lens_migrator"
  | "part_lens_api"
  | "part_lens_auditor";

export const passwords: Readonly<Record<LoginRole, string>> = {
  postgres: "test-postgres",
  part_lens_admin: "test-admin",
  part_lens_migrator: "test-migrator",
  part_lens_api: "test-api",
  part_lens_auditor: "test-auditor",
};

const serviceRoles = ["part_lens_migrator", "part_lens_api", "part_lens_auditor"] as const;

export interface TestPostgres {
  readonly server: PostgresServer;
  readonly master: DatabaseTarget;
  readonly tenants: { readonly alpha: DatabaseTarget; readonly beta: DatabaseTarget };
  /** Part ids by yacht and external id. */
  readonly partIds: Readonly<Record<YachtName, Record<PartKey, string>>>;
  /** What a function's environment needs to connect; also set in this process. */
  readonly environment: { readonly PGPASSFILE: string; readonly PGSSLMODE: "disable" };
  /** The fleet as the migrator's event and MASTER know it. */
  readonly fleet: { readonly tenants: readonly object[]; readonly yachts: readonly object[] };
  /** A connected client; closed by stop(). */
  client(role: LoginRole, target?: DatabaseTarget): Promise<pg.Client>;
  /** Another, empty and migrated database of that kind. */
  newDatabase(kind: DatabaseKind, name: string): Promise<DatabaseTarget>;
  stop(): Promise<void>;
}

async function makeRoles(admin: pg.Client): Promise<void> {
  await admin.query("create role part_lens_owner nologin");
  for (const role of serviceRoles) {
    await admin.query(`create role ${role} login password ${pg.escapeLiteral(passwords[role])}`);
    await admin.query(`grant rds_iam to ${role}`);
  }
  await admin.query("grant part_lens_owner to part_lens_migrator");
  await admin.query("grant pg_monitor to part_lens_auditor");
  // The admin made the owner and may make itself a member; only members may give objects to a role.
  await admin.query("grant part_lens_owner to part_lens_admin with set true");
}

async function withClient<Result>(login: pg.ClientConfig, task: (client: pg.Client) => Promise<Result>) {
  const client = new pg.Client(login);
  await client.connect();
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}

/**
 * No vacuum of the server's own accord: it would take locks, counters and statistics in the middle of a test, at a time
 * of its own. It looks at the first database seconds after the start.
 */
async function leaveAlone(superuser: pg.Client): Promise<void> {
  await superuser.query("alter system set autovacuum = off");
  await superuser.query("select pg_reload_conf()");
}

const templateOf = (kind: DatabaseKind) => `template_${kind}`;

async function makeTemplate(server: PostgresServer, admin: pg.Client, kind: DatabaseKind): Promise<void> {
  const database = templateOf(kind);
  await admin.query(`create database ${database}`);
  await withClient(server.login("part_lens_admin", database), (client) =>
    client.query("create schema part_lens authorization part_lens_owner"),
  );
  if (kind === "tenant")
    await withClient(server.superuser(database), (client) =>
      client.query(`create extension ${statementsExtension}`),
    );
  await withClient(server.login("part_lens_migrator", database), (client) =>
    migrate(client, sqlBundle(kind)),
  );
}

function writePassFile(directory: string): TestPostgres["environment"] {
  const file = join(directory, "pgpass");
  const lines = Object.entries(passwords).map(([role, password]) => `*:*:*:${role}:${password}`);
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  const environment = { PGPASSFILE: file, PGSSLMODE: "disable" } as const;
  Object.assign(process.env, environment);
  return environment;
}

function fleetOf(tenants: TestPostgres["tenants"]): TestPostgres["fleet"] {
  return {
    tenants: Object.entries(tenants).map(([id, target]) => ({ id, name: id, cluster: "test", ...target })),
    yachts: (Object.keys(yachts) as YachtName[]).map((name) => ({
      id: yachts[name],
      name,
      tenant: tenantOf[name],
      pilot: name === "aurora",
    })),
  };
}

const folderName = /^part-lens-test-(\d+)-/;

/** Somebody else's process is one that may not be asked. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes what killed test runs left; a living one's folder carries its process id. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(folderName.exec(name)?.[1] ?? process.pid);
    if (isRunning(pid)) continue;
    new PostgresData(join(tmpdir(), name)).remove();
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Starts and seeds it. `durable`: as a real server, which waits for its disk. */
export async function startPostgres(
  options: Pick<PostgresOptions, "durable" | "maxConnections"> = {},
): Promise<TestPostgres> {
  sweep();
  const directory = mkdtempSync(join(tmpdir(), `part-lens-test-${process.pid}-`));
  const environment = writePassFile(directory);
  const server = await PostgresServer.start({ directory, passwords, durable: false, ...options });
  const clients: pg.Client[] = [];
  const client: TestPostgres["client"] = async (role, target) => {
    const made = new pg.Client(server.login(role, target?.database));
    // Whoever still waits when the server stops hears of it through its own query.
    made.on("error", () => {});
    await made.connect();
    clients.push(made);
    return made;
  };
  if (options.durable !== true) await withClient(server.superuser(), leaveAlone);
  const admin = await client("part_lens_admin");
  await makeRoles(admin);
  for (const kind of ["master", "tenant"] as const) await makeTemplate(server, admin, kind);
  const newDatabase: TestPostgres["newDatabase"] = async (kind, name) => {
    await admin.query(`create database ${name} template ${templateOf(kind)}`);
    return { host: server.host, port: server.port, database: name };
  };
  const master = await newDatabase("master", "part_lens_master");
  const tenants = {
    alpha: await newDatabase("tenant", "part_lens_tenant_alpha"),
    beta: await newDatabase("tenant", "part_lens_tenant_beta"),
  };
  const fleet = fleetOf(tenants);
  await withClient(server.login("part_lens_migrator", master.database), async (migrator) => {
    await migrator.query("select part_lens.sync_fleet($1::jsonb)", [JSON.stringify(fleet)]);
    await seedMembers(migrator);
  });
  const seeded = (yacht: YachtName) =>
    withClient(server.login("part_lens_migrator", tenants[tenantOf[yacht]].database), (migrator) =>
      seedParts(migrator, yacht),
    );
  const partIds = {
    aurora: await seeded("aurora"),
    borealis: await seeded("borealis"),
    calypso: await seeded("calypso"),
  };
  const stop = async () => {
    await Promise.all(clients.map((made) => made.end().catch(() => {})));
    await server.stop();
    server.remove();
    rmSync(directory, { recursive: true, force: true });
  };
  return { server, master, tenants, partIds, environment, fleet, client, newDatabase, stop };
}
