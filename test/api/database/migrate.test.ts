import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { connection, type DatabaseTarget } from "../../../api/database/connection.ts";
import { ContractTooEarlyError } from "../../../api/database/contracts.ts";
import { EditedMigrationError, migrate, pendingTables, SqlFileError } from "../../../api/database/migrate.ts";
import { handler } from "../../../api/database/migrate-function.ts";
import { migrationHash, type SqlFile, sqlBundle, sqlDirectory } from "../../../api/database/sql-bundle.ts";
import { turnMilliseconds } from "../../../api/database/table-locks.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { patience } from "../../support/patience.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const file = (path: string, sha256 = "1"): SqlFile => ({ path, text: "", sha256 });

describe("the table files still to run", () => {
  const files = [file("t/001.sql"), file("t/002.sql")];

  test("are all of them in a new database, the new ones in a known one, none in one that has them", () => {
    expect(pendingTables(files, new Map())).toEqual(files);
    expect(
      pendingTables(
        files,
        new Map([
          ["t/001.sql", "1"],
          ["bundle", "x"],
        ]),
      ),
    ).toEqual([files[1]]);
    expect(
      pendingTables(
        files,
        new Map([
          ["t/001.sql", "1"],
          ["t/002.sql", "1"],
        ]),
      ),
    ).toEqual([]);
  });

  test("are refused when an applied one was edited, removed, or preceded", () => {
    expect(() => pendingTables(files, new Map([["t/001.sql", "2"]]))).toThrow("t/001.sql was edited");
    expect(() => pendingTables([], new Map([["t/001.sql", "1"]]))).toThrow("t/001.sql was removed");
    expect(() => pendingTables(files, new Map([["t/002.sql", "1"]]))).toThrow(
      "t/001.sql comes before t/002.sql",
    );
  });
});

describe("on a database", () => {
  let postgres: TestPostgres;
  let directory: string;
  let copies = 0;

  beforeAll(async () => {
    postgres = await startPostgres();
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "part-lens-sql-"));
    cpSync(sqlDirectory, directory, { recursive: true });
    return () => rmSync(directory, { recursive: true, force: true });
  });

  afterAll(() => postgres.stop());

  const newTenant = () => postgres.newDatabase("tenant", `tenant_copy_${++copies}`);
  const add = (path: string, text: string) => writeFileSync(join(directory, "tenant", path), text);

  async function migrated(target: DatabaseTarget, options = {}) {
    const client = await postgres.client("part_lens_migrator", target);
    return migrate(client, sqlBundle("tenant", directory), options);
  }

  test("twice is once", async () => {
    const target = await newTenant();
    expect(await migrated(target)).toEqual({ applied: [], hash: sqlBundle("tenant").hash });
  });

  test("a file that the last known-good code cannot live with is refused, and nothing of the run is kept", async () => {
    const target = await newTenant();
    add("tables/998_adds.sql", "create table part_lens.added (id int);");
    add("tables/999_drops.sql", "alter table part_lens.pms_parts drop column location;");
    await expect(migrated(target, { knownGood: 997 })).rejects.toThrow(ContractTooEarlyError);
    const client = await postgres.client("part_lens_migrator", target);
    const { rows } = await client.query(
      "select to_regclass('part_lens.added') as added, count(*) filter (where attname = 'location') as location " +
        "from pg_attribute where attrelid = 'part_lens.pms_parts'::regclass",
    );
    expect(rows).toEqual([{ added: null, location: "1" }]);
  });

  test("a new table file runs once, and what is re-applied runs with it", async () => {
    const target = await newTenant();
    add("tables/100_extra.sql", "create table part_lens.extra (id integer);");
    const { applied } = await migrated(target);
    expect(applied).toContain("tenant/tables/100_extra.sql");
    expect(applied).toContain("tenant/functions/enter.sql");
    expect(applied).not.toContain("tenant/tables/001_pms_parts.sql");
    add(
      "functions/enter_again.sql",
      "create or replace function part_lens.enter_again() returns integer language sql immutable as 'select 1';",
    );
    expect((await migrated(target)).applied).not.toContain("tenant/tables/100_extra.sql");
    expect((await migrated(target)).applied).toEqual([]);
  });

  test("an edited table file is refused by name and nothing is changed", async () => {
    const target = await newTenant();
    add("tables/001_pms_parts.sql", "create table part_lens.other (id integer);");
    const failure = await migrated(target).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EditedMigrationError);
    expect((failure as Error).message).toContain("tenant/tables/001_pms_parts.sql was edited");
  });

  test("a file that fails is named, and the whole run is taken back", async () => {
    const target = await newTenant();
    add("tables/100_extra.sql", "create table part_lens.extra (id integer);");
    add("functions/zz_broken.sql", "create function part_lens.zz_broken() returns nonsense;");
    const failure = await migrated(target).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SqlFileError);
    expect((failure as Error).message).toContain("tenant/functions/zz_broken.sql");
    const client = await postgres.client("part_lens_migrator", target);
    expect((await client.query("select to_regclass('part_lens.extra') as extra")).rows).toEqual([
      { extra: null },
    ]);
  });

  test("a locked table is waited for in short turns", async () => {
    const target = await newTenant();
    add("tables/100_extra.sql", "create table part_lens.extra (id integer);");
    const holder = await postgres.client("part_lens_migrator", target);
    await holder.query("begin; lock table part_lens.pms_parts in access share mode");
    const quickly = { lockMilliseconds: 50, attempts: 2 };
    await expect(migrated(target, quickly)).rejects.toMatchObject({ code: "57014" });
    const patient = migrated(target, { lockMilliseconds: 50, attempts: 100 });
    await holder.query("commit");
    expect((await patient).applied).toContain("tenant/tables/100_extra.sql");
  });

  test("all tables and views are waited for together, before anything is altered, for less than PostgreSQL lets a deadlock last", async () => {
    const target = await newTenant();
    add("tables/100_extra.sql", "create table part_lens.extra (id integer);");
    const [request, watcher] = [
      await postgres.client("postgres", target),
      await postgres.client("postgres", target),
    ];
    const { rows } = await request.query(
      "select setting::int from pg_settings where name = 'deadlock_timeout'",
    );
    expect(turnMilliseconds(1)).toBeLessThan(rows[0].setting / 2);
    // It waits for the migrator as long as it takes: nobody has to be ended.
    await request.query("set deadlock_timeout = '1h'");
    await request.query("begin; lock table part_lens.pms_inventory_stock in row exclusive mode");
    const run = migrated(target);
    const waiting = "select query from pg_stat_activity where wait_event_type = 'Lock' and datname = $1";
    await vi.waitFor(async () => {
      const { rows } = await watcher.query(waiting, [target.database]);
      expect(rows).toEqual([
        { query: expect.stringMatching(/^lock table .*part_lens\.on_hand, .*part_lens\.pms_parts/) },
      ]);
    }, patience);
    await request.query("lock table part_lens.pms_audit_log, part_lens.pms_parts in row exclusive mode");
    await request.query("commit");
    expect((await run).applied).toContain("tenant/tables/100_extra.sql");
  });

  test("two migrators at once do it once", async () => {
    const target = await newTenant();
    add("tables/100_extra.sql", "create table part_lens.extra (id integer);");
    const runs = await Promise.all([migrated(target), migrated(target)]);
    expect(runs.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  });

  describe("the migrator's function", () => {
    const event = () => ({ fleet: postgres.fleet as never, migrationHash: migrationHash() });

    beforeAll(() => {
      Object.assign(process.env, {
        MASTER_HOST: postgres.master.host,
        MASTER_PORT: String(postgres.master.port),
        MASTER_DATABASE: postgres.master.database,
      });
    });

    test("brings MASTER and every tenant up to date, and says so when there is nothing to do", async () => {
      const result = await handler(event());
      expect(result.migrationHash).toBe(migrationHash());
      expect(result.databases.map(({ database, applied }) => [database, applied])).toEqual([
        [postgres.master.database, []],
        [postgres.tenants.alpha.database, []],
        [postgres.tenants.beta.database, []],
      ]);
    });

    test("refuses to apply other SQL than the stack asked for", async () => {
      await expect(handler({ ...event(), migrationHash: "other" })).rejects.toThrow(
        "asked to apply the SQL other",
      );
    });

    test("names the tenant that failed after it has done the others, and leaves the fleet as it was", async () => {
      const { fleet } = event() as { fleet: { tenants: object[]; yachts: object[] } };
      const gone = {
        id: "gone",
        name: "gone",
        cluster: "test",
        ...postgres.tenants.alpha,
        database: "no_such_database",
      };
      const run = handler({ ...event(), fleet: { ...fleet, tenants: [gone, ...fleet.tenants] } as never });
      await expect(run).rejects.toThrow("1 of 3 tenant databases failed: no_such_database");
      const client = await postgres.client("part_lens_migrator", postgres.master);
      const { rows } = await client.query("select part_lens.tenants() as tenants");
      expect(rows[0].tenants.map(({ tenant }: { tenant: string }) => tenant)).toEqual(["alpha", "beta"]);
    });
  });

  describe("the fleet in MASTER", () => {
    async function sync(
      change: (fleet: { tenants: object[]; yachts: { id: string; tenant: string }[] }) => void,
    ) {
      const fleet = structuredClone(postgres.fleet) as never as {
        tenants: object[];
        yachts: { id: string; tenant: string }[];
      };
      change(fleet);
      const client = await postgres.client("part_lens_migrator", postgres.master);
      const { rows } = await client.query("select part_lens.sync_fleet($1::jsonb) as counts", [
        JSON.stringify(fleet),
      ]);
      return rows[0].counts;
    }

    async function route(yacht: keyof typeof yachts) {
      const client = new pg.Client(connection(postgres.master, "part_lens_api"));
      await client.connect();
      const { rows } = await client.query("select part_lens.route($1, $2) as route", [
        userId(yacht, "crew"),
        yachts[yacht],
      ]);
      await client.end();
      return rows[0].route;
    }

    test("a yacht that the config no longer names is not routed, and is again when it comes back", async () => {
      expect(await sync((fleet) => fleet.yachts.splice(2, 1))).toEqual({ tenants: 2, yachts: 2 });
      expect(await route("calypso")).toBeNull();
      expect(await sync(() => {})).toEqual({ tenants: 2, yachts: 3 });
      expect(await route("calypso")).toMatchObject({ role: "crew", tenant: "beta" });
    });

    test("a yacht cannot change its tenant by config alone", async () => {
      const moved = sync((fleet) => Object.assign(fleet.yachts[0]!, { tenant: "beta" }));
      await expect(moved).rejects.toMatchObject({ code: "PL009" });
    });
  });
});
