import type pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createMaster } from "../../../api/database/master.ts";
import { createPools, DatabaseUnavailableError, type Pools } from "../../../api/database/pools.ts";
import { closedPort } from "../../support/closed-port.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { patience } from "../../support/patience.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { scopeFor } from "../../support/stock.ts";

let postgres: TestPostgres;
let pools: Pools;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres");
});

afterEach(() => pools.end());
afterAll(() => postgres.stop());

const sessions = async () => {
  const { rows } = await superuser.query(
    "select count(*)::int as count from pg_stat_activity where usename = 'part_lens_api'",
  );
  return rows[0].count;
};

describe("the pools", () => {
  test("call a function in one prepared statement and give its result", async () => {
    pools = createPools({ max: 1 });
    const payload = { part_id: postgres.partIds.aurora["P-1"] };
    const result = await pools.call(
      postgres.tenants.alpha,
      "v2_view_part_details",
      scopeFor("aurora"),
      payload,
    );
    expect(result).toMatchObject({ part: { name: "Oil filter", on_hand: 10 } });
    const prepared = await pools.query(
      postgres.tenants.alpha,
      "look",
      "select name from pg_prepared_statements order by 1",
      [],
    );
    expect(prepared).toEqual([{ name: "look" }, { name: "v2_view_part_details" }]);
  });

  test("refuse what is no name of a function", async () => {
    pools = createPools({ max: 1 });
    const call = pools.call(postgres.tenants.alpha, "x(); drop", scopeFor("aurora"), {});
    await expect(call).rejects.toThrow(RangeError);
  });

  test("never open more connections than the process may, over all databases", async () => {
    pools = createPools({ max: 4, total: 5 });
    const targets = [postgres.master, postgres.tenants.alpha, postgres.tenants.beta];
    let most = 0;
    const calls = Array.from({ length: 60 }, async (_, index) => {
      await pools.query(targets[index % 3]!, "nap", "select pg_sleep(0.005)", []);
      most = Math.max(most, pools.open());
    });
    await Promise.all(calls);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  test("close what is idle", async () => {
    pools = createPools({ max: 2, idleMilliseconds: 50 });
    await pools.query(postgres.tenants.alpha, "one", "select 1", []);
    expect(pools.open()).toBe(1);
    await vi.waitFor(async () => expect(await sessions()).toBe(0), patience);
  });

  test("call a database that is out of reach unavailable, and one that says no not", async () => {
    pools = createPools({ max: 1 });
    const nowhere = { ...postgres.tenants.alpha, port: closedPort };
    await expect(pools.query(nowhere, "one", "select 1", [])).rejects.toBeInstanceOf(
      DatabaseUnavailableError,
    );
    const wrong = pools.query(postgres.tenants.alpha, "wrong", "select 1/0", []);
    await expect(wrong).rejects.toMatchObject({ code: "22012" });
  });

  test("call a database that is full unavailable", async () => {
    const admin = await postgres.client("part_lens_admin");
    const target = await postgres.newDatabase("tenant", "part_lens_full");
    await admin.query("alter database part_lens_full connection limit 0");
    pools = createPools({ max: 1 });
    await expect(pools.query(target, "one", "select 1", [])).rejects.toBeInstanceOf(DatabaseUnavailableError);
  });

  test("go on after the server has cut a connection", async () => {
    pools = createPools({ max: 1 });
    await pools.query(postgres.tenants.alpha, "one", "select 1", []);
    await superuser.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'part_lens_api'",
    );
    await vi.waitFor(async () => expect(await sessions()).toBe(0), patience);
    await vi.waitFor(() => expect(pools.open()).toBe(0), patience);
    expect(await pools.query(postgres.tenants.alpha, "one", "select 1 as one", [])).toEqual([{ one: 1 }]);
  });

  test("call a database unavailable that cuts the connection while it is asked", async () => {
    pools = createPools({ max: 1 });
    const asked = pools.query(postgres.tenants.alpha, "nap", "select pg_sleep(60)", []);
    const refused = expect(asked).rejects.toBeInstanceOf(DatabaseUnavailableError);
    const cut =
      "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'part_lens_api' and query like '%pg_sleep%'";
    await vi.waitFor(async () => expect((await superuser.query(cut)).rowCount).toBe(1), patience);
    await refused;
    expect(await pools.query(postgres.tenants.alpha, "one", "select 1 as one", [])).toEqual([{ one: 1 }]);
  });

  test("exchange a connection that was idle while the process was frozen", async () => {
    pools = createPools({ max: 1 });
    const pid = async () =>
      (
        await pools.query<{ pid: number }>(
          postgres.tenants.alpha,
          "pid",
          "select pg_backend_pid() as pid",
          [],
        )
      )[0]?.pid;
    const first = await pid();
    expect(await pid()).toBe(first);
    const later = Date.now() + 31_000;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => later);
    try {
      expect(await pid()).not.toBe(first);
    } finally {
      clock.mockRestore();
    }
  });
});

describe("MASTER", () => {
  const user = userId("aurora", "captain");

  test("routes a member to the tenant, and nobody else", async () => {
    pools = createPools({ max: 1 });
    const master = createMaster(pools, postgres.master);
    expect(await master.route(user, yachts.aurora)).toEqual({
      role: "captain",
      tenant: "alpha",
      ...postgres.tenants.alpha,
    });
    expect(await master.route(user, yachts.borealis)).toBeUndefined();
    expect((await master.tenants()).map(({ tenant }) => tenant)).toEqual(["alpha", "beta"]);
  });

  test("spends a TOTP step once, even when asked eight times at once", async () => {
    pools = createPools({ max: 8 });
    const master = createMaster(pools, postgres.master);
    const answers = await Promise.all(Array.from({ length: 8 }, () => master.useTotpStep(user, 57_000_000)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await master.useTotpStep(user, 57_000_001)).toBe(true);
  });

  test("locks a signer out at the fifth failure in a row, and a success starts the count again", async () => {
    pools = createPools({ max: 1 });
    const master = createMaster(pools, postgres.master);
    expect(await master.signer(user)).toBeUndefined();
    const migrator = await postgres.client("part_lens_migrator", postgres.master);
    await migrator.query("select part_lens.enrol_signer($1, 'hash', 'sealed')", [user]);
    expect(await master.signer(user)).toEqual({
      pin_hash: "hash",
      totp_sealed: "sealed",
      locked_until: null,
    });
    const attempts = [false, false, false, false, true, false, false, false, false];
    for (const succeeded of attempts) {
      expect(await master.recordSignatureAttempt(user, succeeded)).toEqual({ locked_until: null });
    }
    const { locked_until } = await master.recordSignatureAttempt(user, false);
    expect(Date.parse(locked_until ?? "") - Date.now()).toBeGreaterThan(14 * 60_000);
    expect((await master.signer(user))?.locked_until).toBe(locked_until);
  });
});
