import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPools, type Pools } from "../../../api/database/pools.ts";
import type { Scope } from "../../../api/database/scope.ts";
import { type PartKey, userId, type YachtName, yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { evidence, integrityBreaks, outcome, scopeFor } from "../../support/stock.ts";

let postgres: TestPostgres;
let pools: Pools;
let auditor: pg.Client;
let migrator: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  pools = createPools({ max: 8 });
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.alpha);
  migrator = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
});

afterAll(async () => {
  await pools.end();
  await postgres.stop();
});

const act = (name: string, payload: object, more: Partial<Scope> = {}, yacht: YachtName = "aurora") =>
  outcome(pools, postgres.tenants.alpha, name, scopeFor(yacht, more), payload);
const id = (key: PartKey) => postgres.partIds.aurora[key];
let made = 0;

/** A part of its own for a test, with stock. */
async function newPart(quantity: number): Promise<string> {
  const external_id = `T-${++made}`;
  const parts = [{ external_id, name: external_id, location: "Engine room", quantity }];
  const scope = scopeFor("aurora", { version: "import" as Scope["version"] });
  await migrator.query("select part_lens.import_parts($1::jsonb, $2::jsonb)", [
    JSON.stringify(scope),
    JSON.stringify({ parts }),
  ]);
  const { rows } = await migrator.query(
    "select id from part_lens.pms_parts where external_id = $1 and yacht_id = $2",
    [external_id, yachts.aurora],
  );
  return rows[0].id;
}

async function ledgerOf(part: string) {
  const { rows } = await auditor.query(
    "select transaction_type, quantity_change::float, quantity_before::float, quantity_after::float, details from part_lens.pms_inventory_transactions where part_id = $1 order by created_at",
    [part],
  );
  return rows;
}

describe("reading", () => {
  test("v2 shows the sum of the ledger with level, shortage and the order to make", async () => {
    expect(await act("v2_view_part_details", { part_id: id("P-2") })).toEqual({
      part: {
        yacht_id: yachts.aurora,
        part_id: id("P-2"),
        name: "Impeller",
        part_number: "IM-7",
        on_hand: 2,
        min_level: 5,
        reorder_multiple: 2,
        location: "Engine room",
        unit: "ea",
        is_low_stock: true,
        is_out_of_stock: false,
        suggested_order_qty: 4,
      },
    });
  });

  test("v1 shows the cache under its own names", async () => {
    const { part } = (await act("v1_view_part", { part_id: id("P-3") }, { version: "v1" })) as {
      part: object;
    };
    expect(part).toMatchObject({ quantity: 25.5, unit: "kg", is_low_stock: false });
    expect(part).not.toHaveProperty("on_hand");
    expect(part).not.toHaveProperty("suggested_order_qty");
  });

  test("a part without any stock is out of stock", async () => {
    const { part } = (await act("v2_view_part_details", { part_id: id("P-4") })) as { part: object };
    expect(part).toMatchObject({
      on_hand: 0,
      is_out_of_stock: true,
      is_low_stock: true,
      suggested_order_qty: 3,
    });
  });

  test("the low-stock list holds what is below its level, by department and by percent of the level", async () => {
    const names = async (name: string, payload: object) =>
      ((await act(name, payload, {}, "borealis")) as { parts: { name: string }[] }).parts
        .map((part) => part.name)
        .sort();
    for (const name of ["v2_view_low_stock", "v1_low_stock"]) {
      expect(await names(name, {})).toEqual(["Deck brush", "Impeller"]);
      expect(await names(name, { department: "deck" })).toEqual(["Deck brush"]);
      expect(await names(name, { threshold_percent: 10 })).toEqual(["Deck brush"]);
      expect(await names(name, { threshold_percent: 300 })).toEqual([
        "Deck brush",
        "Impeller",
        "Oil filter",
        "Refrigerant R404A",
      ]);
    }
  });
});

describe("receiving", () => {
  test("books ledger, cache and audit together and answers with the new level", async () => {
    const part = await newPart(10);
    const result = await act("v2_receive_part", {
      part_id: part,
      quantity_received: 2.5,
      invoice_number: "I-1",
    });
    expect(result).toMatchObject({ yacht_id: yachts.aurora, part_id: part, new_stock_level: 12.5 });
    expect(await ledgerOf(part)).toEqual([
      {
        transaction_type: "opening",
        quantity_change: 10,
        quantity_before: 0,
        quantity_after: 10,
        details: {},
      },
      {
        transaction_type: "receive",
        quantity_change: 2.5,
        quantity_before: 10,
        quantity_after: 12.5,
        details: { invoice_number: "I-1" },
      },
    ]);
    expect(await act("v1_view_part", { part_id: part })).toMatchObject({ part: { quantity: 12.5 } });
    const { rows } = await auditor.query(
      "select action, role, version, old_values, new_values, signature from part_lens.pms_audit_log where entity_id = $1",
      [part],
    );
    expect(rows).toEqual([
      {
        action: "receive_part",
        role: "captain",
        version: "v2",
        old_values: { on_hand: 10 },
        new_values: { on_hand: 12.5, transaction_id: result.transaction_id },
        signature: {},
      },
    ]);
  });

  test("opens a stock row at another location, and the part's level is the sum", async () => {
    const part = await newPart(10);
    expect(
      await act("v2_receive_part", { part_id: part, quantity_received: 5, location: "Lazarette" }),
    ).toMatchObject({ new_stock_level: 15 });
    expect(await act("v2_consume_part", { part_id: part, quantity: 12 })).toMatchObject({
      new_stock_level: 3,
    });
    const { rows } = await auditor.query(
      "select location, quantity::float from part_lens.pms_inventory_stock where part_id = $1 order by location",
      [part],
    );
    expect(rows).toEqual([
      { location: "Engine room", quantity: 0 },
      { location: "Lazarette", quantity: 3 },
    ]);
  });

  test("v1 and v2 write the same ledger", async () => {
    const part = await newPart(1);
    await act("v1_receive", { part_id: part, quantity: 1 }, { version: "v1" });
    expect(await act("v2_view_part_details", { part_id: part })).toMatchObject({ part: { on_hand: 2 } });
  });

  test("refuses a deactivated stock and a quantity that is none", async () => {
    const part = await newPart(5);
    await migrator.query("update part_lens.pms_inventory_stock set deleted_at = now() where part_id = $1", [
      part,
    ]);
    expect(await act("v2_receive_part", { part_id: part, quantity_received: 1 })).toMatchObject({
      code: "PL003",
      message: "deactivated_stock",
    });
    expect(await act("v2_consume_part", { part_id: part, quantity: 1 })).toMatchObject({ code: "PL003" });
    expect(await act("v2_receive_part", { part_id: id("P-1"), quantity_received: 0 })).toMatchObject({
      code: "23514",
    });
  });
});

describe("consuming", () => {
  test("records what it was for", async () => {
    const part = await newPart(10);
    const { transaction_id } = await act("v2_consume_part", {
      part_id: part,
      quantity: 4,
      work_order_id: "WO-7",
      notes: "spare",
    });
    const { rows } = await auditor.query(
      "select quantity::float, work_order_id, notes, transaction_id, used_by from part_lens.pms_part_usage where part_id = $1",
      [part],
    );
    expect(rows).toEqual([
      {
        quantity: 4,
        work_order_id: "WO-7",
        notes: "spare",
        transaction_id,
        used_by: userId("aurora", "captain"),
      },
    ]);
  });

  test("refuses more than there is, saying what there is, and changes nothing", async () => {
    const part = await newPart(10);
    expect(
      await act("v2_consume_part", { part_id: part, quantity: 10.5 }, { idempotency_key: "too-much" }),
    ).toEqual({
      code: "PL002",
      message: "insufficient_stock",
      detail: { available: 10, requested: 10.5 },
    });
    expect(await ledgerOf(part)).toHaveLength(1);
    expect(
      await act("v2_consume_part", { part_id: part, quantity: 10 }, { idempotency_key: "too-much" }),
    ).toMatchObject({ new_stock_level: 0 });
  });
});

describe("adjusting", () => {
  test("v2 does nothing without evidence that the signature was verified for this payload", async () => {
    const part = await newPart(10);
    const payload = { part_id: part, new_quantity: 7, reason: "count" };
    const wrong = [
      undefined,
      {},
      { ...evidence, step: "1" },
      { ...evidence, payload_sha256: "b".repeat(64) },
    ] as (typeof evidence)[];
    for (const signature of wrong) {
      const scope = signature === undefined ? {} : { signature };
      expect(await act("v2_adjust_stock_quantity", payload, scope)).toMatchObject({
        code: "PL007",
        message: "unsigned",
      });
    }
    expect(await ledgerOf(part)).toHaveLength(1);
  });

  test("v2 sets what was counted, down and up, and keeps the evidence in the audit log", async () => {
    const part = await newPart(10);
    await act("v2_receive_part", { part_id: part, quantity_received: 2, location: "Lazarette" });
    const signed = { signature: evidence };
    expect(
      await act("v2_adjust_stock_quantity", { part_id: part, new_quantity: 1.5, reason: "count" }, signed),
    ).toMatchObject({
      old_quantity: 12,
      new_quantity: 1.5,
      adjustment: -10.5,
      is_signed: true,
    });
    expect(
      await act("v2_adjust_stock_quantity", { part_id: part, new_quantity: 4, reason: "found" }, signed),
    ).toMatchObject({
      old_quantity: 1.5,
      adjustment: 2.5,
    });
    const { rows } = await auditor.query(
      "select signature from part_lens.pms_audit_log where entity_id = $1 and action = 'adjust_stock_quantity'",
      [part],
    );
    expect(rows).toEqual([{ signature: evidence }, { signature: evidence }]);
  });

  test("v1 adjusts unsigned, and what it was given as a signature never passes for evidence", async () => {
    const part = await newPart(10);
    const result = await act(
      "v1_adjust",
      { part_id: part, new_quantity: 3, reason: "count" },
      { version: "v1", signature: evidence },
    );
    expect(result).toMatchObject({ new_quantity: 3 });
    expect(result).not.toHaveProperty("is_signed");
    const { rows } = await auditor.query(
      "select version, signature from part_lens.pms_audit_log where entity_id = $1",
      [part],
    );
    expect(rows).toEqual([{ version: "v1", signature: {} }]);
    expect(await integrityBreaks(auditor)).toEqual([]);
  });
});

describe("an idempotency key", () => {
  test("answers a repeat with the first result, and refuses another payload or action", async () => {
    const part = await newPart(10);
    const execution = "d0000000-0000-4000-8000-000000000001";
    const payload = { part_id: part, quantity_received: 1 };
    const first = await act("v2_receive_part", payload, { idempotency_key: "k-1", execution_id: execution });
    expect(first).toMatchObject({ execution_id: execution, new_stock_level: 11 });
    expect(
      await act("v2_receive_part", payload, { idempotency_key: "k-1", execution_id: yachts.aurora }),
    ).toEqual({
      code: "PL004",
      message: "duplicate_idempotency_key",
      detail: first,
    });
    const reused = { code: "PL005", message: "idempotency_key_reused" };
    expect(
      await act("v2_receive_part", payload, { idempotency_key: "k-1", payload_sha256: "b".repeat(64) }),
    ).toEqual(reused);
    expect(await act("v2_consume_part", { part_id: part, quantity: 1 }, { idempotency_key: "k-1" })).toEqual(
      reused,
    );
    expect(
      await act("v2_check_idempotency_key", { action: "receive_part" }, { idempotency_key: "k-1" }),
    ).toMatchObject({ code: "PL004" });
    expect(
      await act("v2_check_idempotency_key", { action: "receive_part" }, { idempotency_key: "k-2" }),
    ).toEqual({});
  });

  test("belongs to its yacht", async () => {
    const scope = { idempotency_key: "shared" };
    expect(await act("v2_receive_part", { part_id: id("P-1"), quantity_received: 1 }, scope)).toHaveProperty(
      "transaction_id",
    );
    const there = postgres.partIds.borealis["P-1"];
    expect(
      await act("v2_receive_part", { part_id: there, quantity_received: 1 }, scope, "borealis"),
    ).toHaveProperty("transaction_id");
  });

  test("has one effect when eight requests bring it at once", async () => {
    const part = await newPart(10);
    const calls = Array.from({ length: 8 }, () =>
      act("v2_receive_part", { part_id: part, quantity_received: 1 }, { idempotency_key: "at-once" }),
    );
    const results = await Promise.all(calls);
    const done = results.filter((result) => result.code === undefined);
    expect(done).toHaveLength(1);
    expect(results.filter((result) => result.code === "PL004")).toHaveLength(7);
    for (const result of results) if (result.code) expect(result.detail).toEqual(done[0]);
    expect(await ledgerOf(part)).toHaveLength(2);
  });
});

describe("under concurrency", () => {
  test("no more is consumed than there is", async () => {
    const part = await newPart(5);
    const results = await Promise.all(
      Array.from({ length: 8 }, () => act("v2_consume_part", { part_id: part, quantity: 1 })),
    );
    expect(results.filter((result) => result.code === undefined)).toHaveLength(5);
    expect(results.filter((result) => result.code === "PL002")).toHaveLength(3);
    expect(await act("v2_view_part_details", { part_id: part })).toMatchObject({ part: { on_hand: 0 } });
  });

  test("random actions of both versions leave ledger and cache equal and the audit chain unbroken", async () => {
    const parts = [await newPart(20), await newPart(20), await newPart(20)];
    let seed = 7;
    const next = (bound: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % bound;
    };
    const actions = Array.from({ length: 120 }, () => {
      const part_id = parts[next(3)];
      const quantity = 1 + next(4) / 2;
      const location = next(2) === 0 ? "Engine room" : "Lazarette";
      return [
        () => act("v2_receive_part", { part_id, quantity_received: quantity, location }),
        () => act("v1_receive", { part_id, quantity }, { version: "v1" }),
        () => act("v2_consume_part", { part_id, quantity: quantity * 3 }),
        () => act("v1_consume", { part_id, quantity }, { version: "v1" }),
        () =>
          act(
            "v2_adjust_stock_quantity",
            { part_id, new_quantity: quantity * 4, reason: "count" },
            { signature: evidence },
          ),
      ][next(5)]!;
    });
    const results = await Promise.all(actions.map((action) => action()));
    const codes = new Set(results.map((result) => result.code));
    codes.delete(undefined);
    codes.delete("PL002");
    expect([...codes]).toEqual([]);
    const booked = results.filter((result) => result.code === undefined).length;
    const { rows } = await auditor.query(
      "select count(*)::int from part_lens.pms_audit_log where entity_id = any($1)",
      [parts],
    );
    expect(rows[0].count).toBe(booked);
    expect(await integrityBreaks(auditor)).toEqual([]);
    for (const part_id of parts) {
      const v1 = (await act("v1_view_part", { part_id })) as { part: { quantity: number } };
      expect(await act("v2_view_part_details", { part_id })).toMatchObject({
        part: { on_hand: v1.part.quantity },
      });
    }
  });
});

describe("the records", () => {
  test("ledger and audit log can be changed by nobody, their owner and the superuser included", async () => {
    const superuser = await postgres.client("postgres", postgres.tenants.alpha);
    for (const table of ["pms_inventory_transactions", "pms_audit_log"]) {
      for (const statement of [
        `update part_lens.${table} set request_id = 'x'`,
        `delete from part_lens.${table}`,
        `truncate part_lens.${table} cascade`,
      ]) {
        await expect(superuser.query(statement)).rejects.toMatchObject({ code: "PL008" });
        await expect(
          (await postgres.client("part_lens_api", postgres.tenants.alpha)).query(statement),
        ).rejects.toMatchObject({ code: "42501" });
      }
    }
  });

  test("the views find what was broken by force", async () => {
    const target = await postgres.newDatabase("tenant", "part_lens_broken");
    const loader = await postgres.client("part_lens_migrator", target);
    const scope = JSON.stringify(scopeFor("aurora", { version: "import" as Scope["version"] }));
    await loader.query("select part_lens.import_parts($1::jsonb, $2::jsonb)", [
      scope,
      JSON.stringify({
        parts: [
          { external_id: "X", name: "X", quantity: 4 },
          { external_id: "Y", name: "Y", quantity: 1 },
        ],
      }),
    ]);
    const look = await postgres.client("part_lens_auditor", target);
    expect(await integrityBreaks(look)).toEqual([]);
    const superuser = await postgres.client("postgres", target);
    await superuser.query("set session_replication_role = replica");
    await superuser.query("update part_lens.pms_inventory_stock set quantity = 3 where quantity = 4");
    await superuser.query("delete from part_lens.pms_parts where external_id = 'Y'");
    await superuser.query("update part_lens.pms_audit_log set role = 'captain!'");
    await superuser.query("set session_replication_role = origin");
    await superuser.query(
      "insert into part_lens.pms_audit_log (yacht_id, action, actor, role, version, entity_type, entity_id, execution_id) values ($1, 'adjust_stock_quantity', $1, 'captain', 'v2', 'part', $1, $1)",
      [yachts.aurora],
    );
    const found = await integrityBreaks(look);
    expect(found.map((row) => row.view)).toEqual([
      "ledger_mismatches",
      "orphaned_transactions",
      "signed_without_evidence",
      "broken_audit_chain",
    ]);
    expect(found[0]).toMatchObject({ cached: "3", total: "4", drift: "0.25000000000000000000" });
  });

  test("importing twice brings parts up to date and opens no stock a second time", async () => {
    const part = await newPart(10);
    const { rows } = await auditor.query("select external_id from part_lens.pms_parts where id = $1", [part]);
    const parts = [{ external_id: rows[0].external_id, name: "Renamed", quantity: 99 }];
    const scope = JSON.stringify(scopeFor("aurora", { version: "import" as Scope["version"] }));
    const again = await migrator.query("select part_lens.import_parts($1::jsonb, $2::jsonb) as result", [
      scope,
      JSON.stringify({ parts }),
    ]);
    expect(again.rows[0].result).toEqual({ parts: 1, opened: 0 });
    expect(await act("v2_view_part_details", { part_id: part })).toMatchObject({
      part: { name: "Renamed", on_hand: 10 },
    });
  });
});
