import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createPools, type Pools } from "../../../api/database/pools.ts";
import type { Scope } from "../../../api/database/scope.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { patience } from "../../support/patience.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { evidence, integrityBreaks, outcome, scopeFor } from "../../support/stock.ts";

let postgres: TestPostgres;
let pools: Pools;
let superuser: pg.Client;
let watcher: pg.Client;
let migrator: pg.Client;
let part_id: string;
let made = 0;

const importScope = JSON.stringify(scopeFor("aurora", { version: "import" as Scope["version"] }));

beforeAll(async () => {
  postgres = await startPostgres();
  pools = createPools({ max: 8 });
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  watcher = await postgres.client("postgres", postgres.tenants.alpha);
  migrator = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
});

afterAll(async () => {
  await pools.end();
  await postgres.stop();
});

const load = (keys: string[], by = migrator, quantity?: number) =>
  by.query<{ loaded: { parts: number; opened: number } }>(
    "select part_lens.import_parts($1::jsonb, $2::jsonb) as loaded",
    [
      importScope,
      JSON.stringify({
        parts: keys.map((key) => ({ external_id: key, name: key, location: "Engine room", quantity })),
      }),
    ],
  );

const partId = async (external_id: string): Promise<string> =>
  (await superuser.query("select id from part_lens.pms_parts where external_id = $1", [external_id])).rows[0]
    .id;

beforeEach(async () => {
  const external_id = `L-${++made}`;
  await load([external_id], migrator, 10);
  part_id = await partId(external_id);
});

const act = (name: string, payload: object) =>
  outcome(
    pools,
    postgres.tenants.alpha,
    name,
    scopeFor("aurora", { signature: evidence } as Partial<Scope>),
    {
      part_id,
      ...payload,
    },
  );

/** Until so many sessions wait for a lock. */
const waiting = (count: number, database = postgres.tenants.alpha.database) =>
  vi.waitFor(async () => {
    const { rowCount } = await watcher.query(
      "select from pg_stat_activity where wait_event_type = 'Lock' and datname = $1",
      [database],
    );
    expect(rowCount).toBe(count);
  }, patience);

/** A second place of the part, empty, whose row comes before its first in the order of locks. */
const placeBefore = () =>
  watcher.query(
    `insert into part_lens.pms_inventory_stock (id, yacht_id, part_id, location)
      values (('00000000-0000-4000-8000-' || lpad($1, 12, '0'))::uuid, $2, $3, 'Lazarette')`,
    [String(made), yachts.aurora, part_id],
  );

const first = [
  ["an adjustment down", "v2_adjust_stock_quantity", { new_quantity: 4, reason: "count" }],
  ["an adjustment up", "v2_adjust_stock_quantity", { new_quantity: 14, reason: "count" }],
  ["a consumption", "v2_consume_part", { quantity: 1 }],
  ["a receipt", "v2_receive_part", { quantity_received: 1 }],
  ["a transfer", "v2_transfer_part", { quantity: 1, from_location: "Engine room", to_location: "Mess" }],
] as const;
const second = [
  ["v2_consume_part", { quantity: 1 }],
  ["v2_receive_part", { quantity_received: 1, location: "Lazarette" }],
] as const;

/** What the integrity views of the tenant show. */
const breaks = async () =>
  integrityBreaks(await postgres.client("part_lens_auditor", postgres.tenants.alpha));

describe("when the part gets another place while an action waits for its stock", () => {
  test.each(first)("%s and what comes after it both get through", async (_title, name, payload) => {
    const results = [];
    await superuser.query("begin");
    try {
      await superuser.query("select from part_lens.pms_inventory_stock where part_id = $1 for update", [
        part_id,
      ]);
      results.push(act(name, payload));
      await waiting(1);
      await placeBefore();
      for (const [other, its] of second) results.push(act(other, its));
      await waiting(1 + second.length);
    } finally {
      await superuser.query("rollback");
    }
    const codes = (await Promise.all(results)).map(({ code }) => code);
    expect(codes).toEqual([undefined, undefined, undefined]);
    expect(await breaks()).toEqual([]);
  });
});

test("two imports of the same parts in opposite orders wait for each other", async () => {
  const keys = [`M-${made}-1`, `M-${made}-2`, `M-${made}-3`];
  const other = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
  await load(keys);
  await superuser.query("begin");
  await superuser.query("select from part_lens.pms_parts where external_id = $1 for update", [keys[1]]);
  const loads = [load(keys), load([...keys].reverse(), other)];
  await waiting(2);
  await superuser.query("commit");
  expect((await Promise.all(loads)).map(({ rows }) => rows[0]!.loaded.parts)).toEqual([3, 3]);
});

test("an import leaves a part to the action that makes its first stock meanwhile", async () => {
  const external_id = `N-${made}`;
  await load([external_id]);
  await superuser.query("delete from part_lens.pms_inventory_stock where part_id = $1", [
    await partId(external_id),
  ]);
  part_id = await partId(external_id);
  const receipt = await postgres.client("part_lens_api", postgres.tenants.alpha);
  await receipt.query("begin");
  await receipt.query("select part_lens.v2_receive_part($1::jsonb, $2::jsonb)", [
    JSON.stringify(scopeFor("aurora")),
    JSON.stringify({ part_id, quantity_received: 3, quantity: 3 }),
  ]);
  const loaded = load([external_id], migrator, 10);
  await waiting(1);
  await receipt.query("commit");
  expect((await loaded).rows[0]!.loaded).toEqual({ parts: 1, opened: 0 });
  expect(await act("v2_view_part_details", {})).toMatchObject({ part: { on_hand: 3 } });
  expect(await breaks()).toEqual([]);
});

describe("in MASTER", () => {
  const called = async (name: string, argument: unknown) =>
    (await postgres.client("part_lens_migrator", postgres.master)).query(
      `select part_lens.${name}($1::jsonb)`,
      [JSON.stringify(argument)],
    );

  /** Both calls, while a row is held that both of them want; they go on once they wait. */
  async function together(held: string, calls: () => Promise<unknown>[]): Promise<void> {
    const holder = await postgres.client("postgres", postgres.master);
    await holder.query(`begin; ${held}`);
    const both = Promise.all(calls());
    await waiting(2, postgres.master.database);
    await holder.query("commit");
    await both;
  }

  test("two lists of the same members in opposite orders wait for each other", async () => {
    const roles = ["captain", "bosun", "crew"] as const;
    const members = roles.map((role) => ({
      ...{ user_id: userId("aurora", role), yacht_id: yachts.aurora, role },
    }));
    const second = userId("aurora", "bosun");
    await together(`select from part_lens.memberships where user_id = '${second}' for update`, () => [
      called("add_members", members),
      called("add_members", [...members].reverse()),
    ]);
  });

  test("two configs of the fleet, each of which retires what the other names, wait for each other", async () => {
    const fleetOf = (tenant: string, names: readonly (keyof typeof yachts)[]) => ({
      tenants: postgres.fleet.tenants.filter((one) => (one as { id: string }).id === tenant),
      yachts: names.map((name) => ({ id: yachts[name], name, tenant })),
    });
    await together(`select from part_lens.yachts where id = '${yachts.borealis}' for update`, () => [
      called("sync_fleet", fleetOf("alpha", ["aurora", "borealis"])),
      called("sync_fleet", fleetOf("beta", ["calypso"])),
    ]);
  });
});
