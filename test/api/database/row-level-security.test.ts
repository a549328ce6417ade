import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { userId, type YachtName, yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

const sha = "a".repeat(64);
let postgres: TestPostgres;
let api: pg.Client;

async function enter(yacht: YachtName | undefined): Promise<void> {
  const scope =
    yacht === undefined
      ? {}
      : { yacht_id: yachts[yacht], user_id: userId(yacht, "captain"), role: "captain", version: "v2" };
  await api.query("select part_lens.enter($1::jsonb)", [JSON.stringify(scope)]);
}

/** One row of every kind on that yacht, written as the API would. */
async function fill(yacht: YachtName): Promise<void> {
  const part = postgres.partIds[yacht]["P-1"];
  const user = userId(yacht, "captain");
  const scope = {
    yacht_id: yachts[yacht],
    user_id: user,
    role: "captain",
    version: "v2",
    request_id: "r",
    idempotency_key: "first",
    payload_sha256: sha,
  };
  const act = (name: string, payload: object, more: object = {}) =>
    api.query(`select part_lens.${name}($1::jsonb, $2::jsonb)`, [
      JSON.stringify({ ...scope, ...more }),
      JSON.stringify(payload),
    ]);
  await act("v2_receive_part", { part_id: part, quantity_received: 1 });
  await act(
    "v2_consume_part",
    { part_id: part, quantity: 1, work_order_id: "WO-1" },
    { idempotency_key: "second" },
  );
  await api.query("begin");
  await enter(yacht);
  await api.query(
    "insert into part_lens.pms_shopping_list_items (yacht_id, part_id, quantity_requested, requested_by) values ($1, $2, 1, $3)",
    [yachts[yacht], part, user],
  );
  await api.query(
    "insert into part_lens.storage_objects (yacht_id, bucket, key, size_bytes, mime_type, created_by) values ($1, 'pms-part-photos', $2, 10, 'image/png', $3)",
    [yachts[yacht], `${yachts[yacht]}/parts/${part}/a.png`, user],
  );
  await api.query("commit");
}

async function yachtTables(): Promise<string[]> {
  const superuser = await postgres.client("postgres", postgres.tenants.alpha);
  const { rows } = await superuser.query(
    `select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
      where table_schema = 'part_lens' and column_name = 'yacht_id' and table_type = 'BASE TABLE' order by 1`,
  );
  return rows.map((row) => row.table_name);
}

const countOf = async (table: string) =>
  Number((await api.query(`select count(*) from part_lens.${table}`)).rows[0].count);

beforeAll(async () => {
  postgres = await startPostgres();
  api = await postgres.client("part_lens_api", postgres.tenants.alpha);
  await fill("aurora");
});

afterAll(() => postgres.stop());

beforeEach(async () => {
  await api.query("rollback");
});

const tables = [
  "pms_audit_log",
  "pms_idempotency_keys",
  "pms_inventory_stock",
  "pms_inventory_transactions",
  "pms_part_usage",
  "pms_parts",
  "pms_shopping_list_items",
  "storage_objects",
];

describe("row level security", () => {
  test("covers every table with rows of a yacht, and is forced on each", async () => {
    expect(await yachtTables()).toEqual(tables);
    const superuser = await postgres.client("postgres", postgres.tenants.alpha);
    const { rows } = await superuser.query(
      "select relname from pg_class where relnamespace = 'part_lens'::regnamespace and relrowsecurity and relforcerowsecurity order by 1",
    );
    expect(rows.map((row) => row.relname)).toEqual(tables);
  });

  test.each(tables)(
    "lets the API see %s of its own yacht, and neither a neighbour's nor, without a scope, anybody's",
    async (table) => {
      await api.query("begin");
      await enter("aurora");
      expect(await countOf(table)).toBeGreaterThan(0);
      const { rows } = await api.query(`select count(*) from part_lens.${table} where yacht_id <> $1`, [
        yachts.aurora,
      ]);
      expect(Number(rows[0].count)).toBe(0);
      await enter("calypso");
      expect(await countOf(table)).toBe(0);
      await api.query("commit");
      expect(await countOf(table)).toBe(0);
    },
  );

  test("sees nothing on a fresh connection that never had a scope", async () => {
    const fresh = await postgres.client("part_lens_api", postgres.tenants.alpha);
    const { rows } = await fresh.query("select count(*) from part_lens.pms_parts");
    expect(Number(rows[0].count)).toBe(0);
  });

  test("refuses a row for a foreign yacht", async () => {
    await api.query("begin");
    await enter("aurora");
    const write = api.query(
      "insert into part_lens.pms_inventory_stock (yacht_id, part_id, location) values ($1, $2, 'x')",
      [yachts.borealis, postgres.partIds.borealis["P-1"]],
    );
    await expect(write).rejects.toMatchObject({ code: "42501" });
  });

  test("does not find a foreign part, for v1 and v2 alike", async () => {
    const scope = JSON.stringify({
      yacht_id: yachts.aurora,
      user_id: userId("aurora", "captain"),
      role: "captain",
      version: "v2",
    });
    const payload = JSON.stringify({
      part_id: postgres.partIds.borealis["P-1"],
      quantity: 1,
      quantity_received: 1,
    });
    for (const name of ["v2_view_part_details", "v1_view_part", "v2_receive_part", "v1_consume"]) {
      const call = api.query(`select part_lens.${name}($1::jsonb, $2::jsonb)`, [scope, payload]);
      await expect(call).rejects.toMatchObject({ code: "PL001", message: "part_not_found" });
    }
  });

  test("lets the auditor see all yachts and write nothing", async () => {
    const auditor = await postgres.client("part_lens_auditor", postgres.tenants.alpha);
    const { rows } = await auditor.query("select distinct yacht_id from part_lens.pms_parts order by 1");
    expect(rows.map((row) => row.yacht_id)).toEqual([yachts.aurora, yachts.borealis]);
    for (const table of tables) {
      await expect(auditor.query(`delete from part_lens.${table}`)).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("shows even the owner of the tables nothing", async () => {
    const migrator = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
    await migrator.query("begin; set local role part_lens_owner");
    for (const table of tables) {
      const { rows } = await migrator.query(`select count(*) from part_lens.${table}`);
      expect(Number(rows[0].count)).toBe(0);
    }
    await migrator.query("rollback");
  });
});

describe("the API's role", () => {
  test("reads views with its own rights: every view is a security_invoker", async () => {
    const superuser = await postgres.client("postgres", postgres.tenants.alpha);
    const { rows } = await superuser.query(
      "select relname, reloptions from pg_class where relkind = 'v' and relnamespace = 'part_lens'::regnamespace",
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { reloptions } of rows) expect(reloptions).toContain("security_invoker=true");
    await api.query("begin");
    await enter("calypso");
    expect(await countOf("on_hand")).toBe(0);
    await enter("aurora");
    expect(await countOf("on_hand")).toBe(3);
  });

  test("owns nothing, bypasses nothing and may delete nothing", async () => {
    const superuser = await postgres.client("postgres", postgres.tenants.alpha);
    const owned = "select count(*)::int as owned from pg_class where relowner = 'part_lens_api'::regrole";
    expect((await superuser.query(owned)).rows).toEqual([{ owned: 0 }]);
    const role = "select rolsuper, rolbypassrls from pg_roles where rolname = 'part_lens_api'";
    expect((await superuser.query(role)).rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
    for (const table of [...tables, "migrations"]) {
      await expect(api.query(`delete from part_lens.${table}`)).rejects.toMatchObject({ code: "42501" });
    }
  });

  test("may not load inventories, nor use what the migrator may", async () => {
    const call = api.query("select part_lens.import_parts('{}', '{}')");
    await expect(call).rejects.toMatchObject({ code: "42501" });
    await expect(api.query("set role part_lens_owner")).rejects.toMatchObject({ code: "42501" });
  });

  test("reads no table of MASTER", async () => {
    const master = await postgres.client("part_lens_api", postgres.master);
    for (const table of [
      "users",
      "memberships",
      "yachts",
      "tenants",
      "signers",
      "used_totp_steps",
      "signature_attempts",
    ]) {
      await expect(master.query(`select from part_lens.${table}`)).rejects.toMatchObject({ code: "42501" });
    }
    await expect(master.query("select part_lens.sync_fleet('{}')")).rejects.toMatchObject({ code: "42501" });
    await expect(master.query("select part_lens.add_members('[]')")).rejects.toMatchObject({ code: "42501" });
  });

  test("finds nothing in a database that everybody may execute", async () => {
    for (const target of [postgres.master, postgres.tenants.alpha]) {
      const superuser = await postgres.client("postgres", target);
      const { rows } = await superuser.query(
        `select proname from pg_proc where pronamespace = 'part_lens'::regnamespace
          and has_function_privilege('public', oid, 'execute')`,
      );
      expect(rows).toEqual([]);
    }
  });
});
