import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { engineVersion, statementsExtension } from "../../../infra/database/engine.ts";
import type { Properties, Realised, Realiser } from "../../../infra/local/realiser.ts";
import { postgresDatabase } from "../../../infra/local/realisers/postgres-database.ts";
import { postgresDefaultPrivileges } from "../../../infra/local/realisers/postgres-default-privileges.ts";
import { ExtensionNotOffered, postgresExtension } from "../../../infra/local/realisers/postgres-extension.ts";
import { GrantWithoutEffect, postgresGrant } from "../../../infra/local/realisers/postgres-grant.ts";
import { postgresGrantRole } from "../../../infra/local/realisers/postgres-grant-role.ts";
import { postgresRole } from "../../../infra/local/realisers/postgres-role.ts";
import { postgresSchema } from "../../../infra/local/realisers/postgres-schema.ts";
import { rdsCluster } from "../../../infra/local/realisers/rds-cluster.ts";
import { rdsClusterInstance } from "../../../infra/local/realisers/rds-cluster-instance.ts";
import { PostgresAdmin } from "../../../infra/local/services/postgres-admin.ts";
import { PostgresClusters } from "../../../infra/local/services/postgres-clusters.ts";
import { adminRole, type PostgresServer } from "../../../infra/local/services/postgres-server.ts";
import { passwords } from "../../support/postgres.ts";

const region = "eu-west-1";
const clusterInputs = {
  clusterIdentifier: "part-lens-local-main",
  engine: "aurora-postgresql",
  engineVersion,
  masterUsername: adminRole,
  serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 1 },
};
const admin = new PostgresAdmin(passwords);
let directory: string;
let clusters: PostgresClusters;
let server: PostgresServer;
let provider: Properties;
const made: { realiser: Realiser; realised: Realised }[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "part-lens-realisers-"));
  clusters = new PostgresClusters({ directory, passwords, durable: false });
  server = await clusters.start(clusterInputs.clusterIdentifier);
  provider = {
    host: server.host,
    port: String(server.port),
    username: adminRole,
    database: "postgres",
    awsRdsIamAuth: true,
  };
});

beforeEach(async () => {
  for (const { realiser, realised } of made.splice(0).reverse()) await realiser.delete?.(realised);
});

afterAll(async () => {
  await clusters.remove(clusterInputs.clusterIdentifier);
  rmSync(directory, { recursive: true, force: true });
});

async function create(realiser: Realiser, inputs: Properties): Promise<Realised> {
  const wanted = { type: realiser.types[0] ?? "", name: "test", inputs, provider };
  const realised = { ...wanted, outputs: await realiser.create(wanted) };
  made.push({ realiser, realised });
  return realised;
}

async function update(realiser: Realiser, old: Realised, inputs: Properties): Promise<Realised> {
  const outputs = await realiser.update?.({ ...old, inputs }, old);
  return { ...old, inputs, outputs: outputs ?? {} };
}

async function ask(statement: string, role: keyof typeof passwords = "postgres", database = "postgres") {
  const client = new pg.Client(server.login(role, database));
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const makeOwner = () => create(postgresRole(admin), { name: "part_lens_owner", login: false });
const makeApi = (more: Properties = {}) =>
  create(postgresRole(admin), { name: "part_lens_api", login: true, roles: ["rds_iam"], ...more });
const makeDatabase = (owner: string = adminRole) =>
  create(postgresDatabase(admin), { name: "part_lens_master", owner, encoding: "UTF8" });
const everybody = { database: "part_lens_master", objectType: "database", role: "public", privileges: [] };
const grantsOnDatabase = async () =>
  (await ask("select datacl::text as grants from pg_database where datname = 'part_lens_master'"))[0].grants;
const adminRoles = () =>
  ask(`select roleid::regrole::text as role from pg_auth_members
    where member = '${adminRole}'::regrole and (set_option or inherit_option) and roleid::regrole::text like 'part%'`);

describe("the realiser of clusters", () => {
  test("answers with where the running server listens, and creating again finds the same one", async () => {
    const wanted = { type: "aws:rds/cluster:Cluster", name: "main", inputs: clusterInputs };
    const outputs = await rdsCluster(clusters, region).create(wanted);
    expect(outputs).toMatchObject({
      id: clusterInputs.clusterIdentifier,
      endpoint: "127.0.0.1",
      port: server.port,
    });
    expect(outputs.clusterResourceId).toMatch(/^cluster-[0-9A-F]{26}$/);
    const instance = {
      type: "",
      name: "main-1",
      inputs: { clusterIdentifier: clusterInputs.clusterIdentifier, identifier: "main-1" },
    };
    expect(await rdsClusterInstance(clusters, region).create(instance)).toMatchObject({
      id: "main-1",
      port: server.port,
    });
  });

  test("refuses another major than this machine has", async () => {
    const inputs = { ...clusterInputs, engineVersion: "16.4" };
    await expect(rdsCluster(clusters, region).create({ type: "", name: "main", inputs })).rejects.toThrow(
      "engineVersion 16.4",
    );
  });

  test("removes a deleted cluster with its data", async () => {
    const inputs = { ...clusterInputs, clusterIdentifier: "other" };
    const realiser = rdsCluster(clusters, region);
    const wanted = { type: "aws:rds/cluster:Cluster", name: "other", inputs };
    const outputs = await realiser.create(wanted);
    await realiser.delete?.({ ...wanted, outputs });
    expect(clusters.get("other")).toBeUndefined();
    await expect(
      new pg.Client({ ...server.superuser(), port: Number(outputs.port) }).connect(),
    ).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the realiser of roles", () => {
  test("makes a role that signs in with its local password, and creating it again changes nothing", async () => {
    await makeApi({ statementTimeout: 5000 });
    await makeApi({ statementTimeout: 5000 });
    expect(await ask("show statement_timeout", "part_lens_api")).toEqual([{ statement_timeout: "5s" }]);
    expect(await ask("select pg_has_role('part_lens_api', 'rds_iam', 'member') as member")).toEqual([
      { member: true },
    ]);
  });

  test("updates attributes, settings and memberships in place", async () => {
    const realiser = postgresRole(admin);
    const owner = await makeOwner();
    const role = await makeApi({ statementTimeout: 5000, roles: ["rds_iam", owner.outputs.name] });
    await update(realiser, role, {
      name: "part_lens_api",
      login: true,
      createDatabase: true,
      connectionLimit: 3,
      roles: [],
    });
    const [row] = await ask(
      "select rolcreatedb, rolconnlimit, rolconfig, pg_has_role(oid, 'part_lens_owner', 'member') as member from pg_roles where rolname = 'part_lens_api'",
    );
    expect(row).toEqual({ rolcreatedb: true, rolconnlimit: 3, rolconfig: null, member: false });
  });

  test("cannot make what RDS's admin cannot make", async () => {
    await expect(
      create(postgresRole(admin), { name: "part_lens_owner", superuser: true }),
    ).rejects.toMatchObject({ code: "42501" });
    await expect(
      create(postgresRole(admin), { name: "part_lens_owner", bypassRowLevelSecurity: true }),
    ).rejects.toMatchObject({ code: "42501" });
  });

  test("refuses a provider that signs in by password once the admin is in rds_iam", async () => {
    const wanted = {
      type: "",
      name: "x",
      inputs: { name: "part_lens_owner" },
      provider: { ...provider, awsRdsIamAuth: undefined },
    };
    await expect(postgresRole(admin).create(wanted)).rejects.toThrow("awsRdsIamAuth");
  });

  test("deletes a role, and one that is gone already", async () => {
    const role = await makeApi();
    await postgresRole(admin).delete?.(role);
    await postgresRole(admin).delete?.(role);
    expect(await ask("select from pg_roles where rolname = 'part_lens_api'")).toEqual([]);
  });
});

describe("the realisers of databases, schemas and grants", () => {
  test("give the database and its schema to the owner, and leave the admin no member of it", async () => {
    await makeOwner();
    for (let run = 0; run < 2; run++) {
      await makeDatabase("part_lens_owner");
      await create(postgresSchema(admin), {
        name: "part_lens",
        database: "part_lens_master",
        owner: "part_lens_owner",
      });
    }
    expect(
      await ask("select datdba::regrole::text as owner from pg_database where datname = 'part_lens_master'"),
    ).toEqual([{ owner: "part_lens_owner" }]);
    expect(
      await ask(
        "select nspowner::regrole::text as owner from pg_namespace where nspname = 'part_lens'",
        "postgres",
        "part_lens_master",
      ),
    ).toEqual([{ owner: "part_lens_owner" }]);
    expect(await adminRoles()).toEqual([]);
  });

  test("change an owner in place, and delete what they made", async () => {
    await makeOwner();
    const database = await makeDatabase("part_lens_owner");
    await update(postgresDatabase(admin), database, {
      name: "part_lens_master",
      owner: adminRole,
      connectionLimit: 5,
    });
    expect(
      await ask(
        "select datdba::regrole::text as owner, datconnlimit from pg_database where datname = 'part_lens_master'",
      ),
    ).toEqual([{ owner: adminRole, datconnlimit: 5 }]);
    await postgresDatabase(admin).delete?.(database);
    expect(await ask("select from pg_database where datname = 'part_lens_master'")).toEqual([]);
  });

  test("let in whom they name and nobody else", async () => {
    await makeOwner();
    await makeApi();
    await makeDatabase();
    expect(await ask("select 1 as one", "part_lens_api", "part_lens_master")).toEqual([{ one: 1 }]);
    await create(postgresGrant(admin), everybody);
    await expect(ask("select 1", "part_lens_api", "part_lens_master")).rejects.toMatchObject({
      code: "42501",
    });
    expect(await grantsOnDatabase()).toBe(`{${adminRole}=CTc/${adminRole}}`);
    const connect = { ...everybody, role: "part_lens_api", privileges: ["CONNECT"] };
    const grant = await create(postgresGrant(admin), connect);
    expect(await ask("select 1 as one", "part_lens_api", "part_lens_master")).toEqual([{ one: 1 }]);
    await update(postgresGrant(admin), grant, { ...connect, privileges: ["TEMPORARY"] });
    await expect(ask("select 1", "part_lens_api", "part_lens_master")).rejects.toMatchObject({
      code: "42501",
    });
    await update(postgresGrant(admin), grant, { ...connect, privileges: ["CONNECT"] });
    await postgresGrant(admin).delete?.(grant);
    await expect(ask("select 1", "part_lens_api", "part_lens_master")).rejects.toMatchObject({
      code: "42501",
    });
  });

  test("refuse a grant on another's database, of which RDS takes none and says so in a warning only", async () => {
    await makeOwner();
    await makeDatabase("part_lens_owner");
    await ask("revoke all on database part_lens_master from public", adminRole);
    await ask("grant connect on database part_lens_master to pg_monitor", adminRole);
    const initially = "{=Tc/part_lens_owner,part_lens_owner=CTc/part_lens_owner}";
    expect(await grantsOnDatabase()).toBe(initially);
    await expect(create(postgresGrant(admin), everybody)).rejects.toThrow(GrantWithoutEffect);
    expect(await grantsOnDatabase()).toBe(initially);
  });

  test("grant tables that are there and, by default privileges, tables to come", async () => {
    const owner = await makeOwner();
    await makeApi();
    await create(postgresGrantRole(admin), { role: adminRole, grantRole: owner.outputs.name });
    await makeDatabase();
    const place = { database: "part_lens_master", schema: "part_lens", role: "part_lens_api" };
    await create(postgresSchema(admin), {
      name: "part_lens",
      database: "part_lens_master",
      owner: "part_lens_owner",
      dropCascade: true,
    });
    await ask(
      "set role part_lens_owner; create table part_lens.before as select 1 as one",
      adminRole,
      "part_lens_master",
    );
    await create(postgresGrant(admin), { ...place, objectType: "schema", privileges: ["USAGE"] });
    await create(postgresGrant(admin), { ...place, objectType: "table", privileges: ["SELECT"] });
    await create(postgresDefaultPrivileges(admin), {
      ...place,
      owner: "part_lens_owner",
      objectType: "table",
      privileges: ["SELECT"],
    });
    await ask(
      "set role part_lens_owner; create table part_lens.after as select 2 as two",
      adminRole,
      "part_lens_master",
    );
    expect(
      await ask(
        "select one, two from part_lens.before, part_lens.after",
        "part_lens_api",
        "part_lens_master",
      ),
    ).toEqual([{ one: 1, two: 2 }]);
    await expect(
      ask("delete from part_lens.before", "part_lens_api", "part_lens_master"),
    ).rejects.toMatchObject({ code: "42501" });
  });

  test("count statements for the auditor, whom the admin lets read them, and make no extension that RDS would not", async () => {
    await makeOwner();
    await create(postgresRole(admin), { name: "part_lens_auditor", login: true, roles: ["pg_monitor"] });
    await makeDatabase();
    const inputs = { name: statementsExtension, database: "part_lens_master" };
    await create(postgresExtension(admin), inputs);
    const extension = await create(postgresExtension(admin), inputs);
    expect(extension.outputs).toMatchObject({ id: "part_lens_master.pg_stat_statements", schema: "public" });
    await ask("select 4711 as counted", "postgres", "part_lens_master");
    const seen = "select query from pg_stat_statements where query like 'select $% as counted'";
    expect(await ask(seen, "part_lens_auditor", "part_lens_master")).toEqual([
      { query: "select $1 as counted" },
    ]);
    await expect(
      ask("create extension pg_trgm; create extension file_fdw", adminRole, "part_lens_master"),
    ).rejects.toMatchObject({ code: "42501" });
    await expect(create(postgresExtension(admin), { ...inputs, name: "file_fdw" })).rejects.toThrow(
      ExtensionNotOffered,
    );
    await postgresExtension(admin).delete?.(extension);
    await postgresExtension(admin).delete?.(extension);
    expect(
      await ask(
        "select 1 from pg_extension where extname = 'pg_stat_statements'",
        "postgres",
        "part_lens_master",
      ),
    ).toEqual([]);
  });

  test("refuse privileges that are no privileges", async () => {
    await makeOwner();
    await makeDatabase();
    const grant = {
      database: "part_lens_master",
      objectType: "database",
      role: "public",
      privileges: ["connect; drop"],
    };
    await expect(create(postgresGrant(admin), grant)).rejects.toThrow("is no privilege");
  });
});
