import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createPools, type Pools } from "../../../api/database/pools.ts";
import { metrics } from "../../../monitoring/metrics.ts";
import { type Cursors, fileCursors } from "../../../monitoring/reconciliation/cursors.ts";
import { reconcile } from "../../../monitoring/reconciliation/reconcile.ts";
import {
  NotEntitledError,
  repair,
  UnknownPartError,
  UnknownYachtError,
} from "../../../monitoring/reconciliation/repair.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { jobsEnvOf, runJob } from "../../support/jobs.ts";
import { patience } from "../../support/patience.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { integrityBreaks, scopeFor } from "../../support/stock.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-jobs-"));
let postgres: TestPostgres;
let superuser: pg.Client;
let pools: Pools;
let cursors: Cursors;
let run = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  pools = createPools({ max: 2 });
});
beforeEach(() => {
  cursors = fileCursors(join(directory, `${run++}.json`));
});
afterAll(async () => {
  await pools.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

const part = (key: "P-1" | "P-2" | "P-3" | "P-4") => postgres.partIds.aurora[key];

async function reconciled(full = false) {
  const printed: string[] = [];
  const env = jobsEnvOf(postgres);
  const found = await reconcile(env, { full, cursors, print: (line) => printed.push(line) });
  const [alpha, beta] = ["alpha", "beta"].map((name) => found.find(({ tenant }) => tenant === name)!);
  const lines = printed.map((line) => JSON.parse(line));
  return { alpha: alpha!, beta: beta!, lines };
}

const receive = (quantity: number, key: string) =>
  pools.call(postgres.tenants.alpha, "v2_receive_part", scopeFor("aurora", { idempotency_key: key }), {
    part_id: part("P-1"),
    quantity_received: quantity,
  });

const planted = (partId: string, by: number) =>
  superuser.query(
    "update part_lens.pms_inventory_stock set quantity = quantity + $2 where part_id = $1 returning id, location",
    [partId, by],
  );

/** Makes the ledger's rows look as if they had been written long ago. */
async function aged() {
  await superuser.query("set session_replication_role = replica");
  for (const table of ["pms_inventory_transactions", "pms_idempotency_keys"]) {
    await superuser.query(`update part_lens.${table} set created_at = created_at - interval '1 day'`);
  }
  await superuser.query("set session_replication_role = origin");
}

/** Runs something that the triggers and foreign keys forbid, and takes it back at the end. */
async function withForbidden(statements: string, values: unknown[], task: () => Promise<void>) {
  await superuser.query("set session_replication_role = replica");
  const { rows } = await superuser.query(statements, values);
  try {
    await task();
  } finally {
    await superuser.query("delete from part_lens.pms_inventory_transactions where id = $1", [rows[0].id]);
    await superuser.query("set session_replication_role = origin");
  }
}

describe("reconciliation", () => {
  test("passes a clean ledger, compares every stock row at first, and moves its cursor on", async () => {
    const { alpha, beta, lines } = await reconciled();
    expect(alpha).toEqual({
      tenant: "alpha",
      mode: "full",
      examined: 8,
      drifts: [],
      orphans: [],
      duplicates: [],
    });
    expect(beta).toMatchObject({ examined: 4, drifts: [] });
    expect(lines.map((line) => [line.Version, line[metrics.integrityBreaks.name]])).toEqual([
      ["any", 0],
      ["any", 0],
    ]);
    expect(await cursors.read("alpha")).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  test("compares later only what new ledger rows touched, all places of the part", async () => {
    await aged();
    await reconciled();
    expect((await reconciled()).alpha).toMatchObject({ mode: "incremental", examined: 0 });
    await receive(3, "fresh-1");
    expect((await reconciled()).alpha).toMatchObject({ mode: "incremental", examined: 1, drifts: [] });
  });

  test("finds a planted drift, alerts above 1 %, breaks integrity, and finds it again until it is repaired", async () => {
    await reconciled();
    await receive(1, "fresh-2");
    const { rows } = await planted(part("P-1"), 7);
    const { alpha, lines } = await reconciled();
    expect(alpha.drifts).toEqual([
      {
        yachtId: yachts.aurora,
        partId: part("P-1"),
        stockId: rows[0].id,
        location: "Engine room",
        cached: 21,
        total: 14,
        drift: 0.5,
        partDrift: 0.5,
      },
    ]);
    const [ours, theirs] = ["alpha", "beta"].map((tenant) => lines.find((line) => line.tenant === tenant));
    expect([ours[metrics.integrityBreaks.name], ours[metrics.drift.name]]).toEqual([1, 50]);
    expect([theirs[metrics.integrityBreaks.name], theirs[metrics.drift.name]]).toEqual([0, 0]);
    expect(lines.find((line) => line.alert).alert).toContain("drift 50.00 %");
    expect((await reconciled()).alpha.drifts).toHaveLength(1);

    const ledger = () => superuser.query("select * from part_lens.pms_inventory_transactions order by id");
    const before = (await ledger()).rows;
    const request = { yachtId: yachts.aurora, partId: part("P-1"), by: userId("aurora", "manager") };
    const done = await repair(postgres.master, { ...request, reason: "planted by a test" });
    expect(done.repaired).toEqual([{ stock_id: rows[0].id, location: "Engine room", cached: 21, total: 14 }]);
    expect((await ledger()).rows).toEqual(before);
    expect((await reconciled()).alpha.drifts).toEqual([]);
    const audited = await superuser.query(
      "select actor, role, version, action, signature from part_lens.pms_audit_log where execution_id = $1",
      [done.execution_id],
    );
    expect(audited.rows).toEqual([
      {
        actor: request.by,
        role: "operator",
        version: "repair",
        action: "repair_stock_cache",
        signature: {
          method: "operator",
          authorised_by: "part_lens_migrator",
          reason: "planted by a test",
          verified_at: expect.any(String),
          payload_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ]);
    expect((await repair(postgres.master, { ...request, reason: "again" })).repaired).toEqual([]);
    expect(await integrityBreaks(await postgres.client("part_lens_auditor", postgres.tenants.alpha))).toEqual(
      [],
    );
  });

  test("does not alert of a drift that is small, but counts it as a break", async () => {
    await planted(part("P-3"), 0.2);
    const { alpha, lines } = await reconciled(true);
    expect(alpha.drifts).toMatchObject([{ cached: 25.7, total: 25.5 }]);
    expect(lines.filter((line) => line.alert)).toEqual([]);
    expect(lines.find((line) => line.tenant === "alpha")[metrics.integrityBreaks.name]).toBe(1);
    await planted(part("P-3"), -0.2);
  });

  test("leaves a cache that changed without a ledger row to the full sweep, which finds it", async () => {
    await reconciled();
    await aged();
    await planted(part("P-2"), 1);
    expect((await reconciled()).alpha).toMatchObject({ mode: "incremental", drifts: [] });
    expect((await reconciled(true)).alpha.drifts).toMatchObject([{ partId: part("P-2"), drift: 0.5 }]);
    await planted(part("P-2"), -1);
  });

  test("finds a ledger row without its stock row, full or not", async () => {
    await reconciled();
    const orphan = `insert into part_lens.pms_inventory_transactions
      (yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before, quantity_after, user_id)
      values ($1, $2, gen_random_uuid(), 'receive', 1, 0, 1, $3) returning id`;
    await withForbidden(orphan, [yachts.aurora, part("P-1"), userId("aurora", "crew")], async () => {
      for (const full of [false, true]) {
        expect((await reconciled(full)).alpha.orphans).toEqual([
          { yachtId: yachts.aurora, transactionId: expect.any(String) },
        ]);
      }
    });
  });

  test("finds a key that a yacht has twice, full or not", async () => {
    await reconciled();
    await receive(1, "twice");
    await superuser.query(
      "alter table part_lens.pms_idempotency_keys drop constraint pms_idempotency_keys_pkey",
    );
    await superuser.query(
      "insert into part_lens.pms_idempotency_keys select * from part_lens.pms_idempotency_keys where key = 'twice'",
    );
    for (const full of [false, true]) {
      expect((await reconciled(full)).alpha.duplicates).toEqual([
        { yachtId: yachts.aurora, key: "twice", uses: 2 },
      ]);
    }
    await superuser.query("delete from part_lens.pms_idempotency_keys where key = 'twice'");
    await superuser.query("alter table part_lens.pms_idempotency_keys add primary key (yacht_id, key)");
  });

  test("refuses to say clean when rows may be hidden from it, tells the other tenant all the same", async () => {
    const drop = (name: string) => `alter policy auditor on part_lens.pms_inventory_stock ${name}`;
    await superuser.query(drop("using (false)"));
    const printed: string[] = [];
    const failing = reconcile(jobsEnvOf(postgres), { cursors, print: (line) => printed.push(line) });
    await expect(failing).rejects.toThrow("alpha: rows may be hidden from the job in pms_inventory_stock");
    expect(printed.map((line) => JSON.parse(line).tenant)).toEqual(["beta"]);
    await superuser.query(drop("using (true)"));
  });
});

describe("a repair", () => {
  const request = () => ({
    yachtId: yachts.aurora as string,
    partId: part("P-1"),
    by: userId("aurora", "manager"),
    reason: "checked",
  });

  test("needs a reason, a part of that yacht, and a yacht", async () => {
    const { master } = postgres;
    await expect(repair(master, { ...request(), reason: "  " })).rejects.toThrow("a repair needs a reason");
    const foreign = postgres.partIds.borealis["P-1"];
    await expect(repair(master, { ...request(), partId: foreign })).rejects.toThrow(UnknownPartError);
    const unknown = { ...request(), yachtId: "a0000000-0000-4000-8000-0000000000ff" };
    await expect(repair(master, unknown)).rejects.toThrow(UnknownYachtError);
  });

  test.each([
    [
      "a steward of the yacht",
      userId("aurora", "steward"),
      "is steward there: a repair takes one of chief_engineer,",
    ],
    ["a head of department who may not adjust", userId("aurora", "purser"), "is purser there"],
    ["a manager of another yacht", userId("borealis", "manager"), "is no member of the yacht"],
    ["nobody at all", "a0000000-0000-4000-8000-0000000000ff", "is no member of the yacht"],
  ])("is refused to %s, and changes nothing", async (_, by, text) => {
    await planted(part("P-1"), 3);
    const refused = repair(postgres.master, { ...request(), by });
    await expect(refused).rejects.toThrow(NotEntitledError);
    await expect(refused).rejects.toThrow(text);
    expect((await reconciled(true)).alpha.drifts).toHaveLength(1);
    await planted(part("P-1"), -3);
  });

  test.each(["chief_engineer", "captain", "manager"] as const)("is done for a %s", async (role) => {
    const done = await repair(postgres.master, { ...request(), by: userId("aurora", role) });
    expect(done.repaired).toEqual([]);
  });

  test("is refused to the API and to the auditor", async () => {
    for (const role of ["part_lens_api", "part_lens_auditor"] as const) {
      const client = await postgres.client(role, postgres.tenants.alpha);
      await expect(client.query("select part_lens.repair_cache('{}', '{}')")).rejects.toMatchObject({
        code: "42501",
      });
    }
  });

  test("waits for a movement that holds the row, and counts it", async () => {
    const api = await postgres.client("part_lens_api", postgres.tenants.alpha);
    await planted(part("P-1"), 5);
    await api.query("begin");
    await api.query("select part_lens.v2_receive_part($1::jsonb, $2::jsonb)", [
      JSON.stringify(scopeFor("aurora", { idempotency_key: "held" })),
      JSON.stringify({ part_id: part("P-1"), quantity_received: 2 }),
    ]);
    const waiting = repair(postgres.master, request());
    const blocked = "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'";
    await vi.waitFor(async () => expect((await superuser.query(blocked)).rows[0].count).toBe(1), patience);
    await api.query("commit");
    const [row] = (await waiting).repaired;
    expect(row!.cached - row!.total).toBe(5);
    expect((await reconciled(true)).alpha.drifts).toEqual([]);
  });
});

test("the command finds a drift, repairs it by hand, and then ends clean", async () => {
  const cursor = ["--cursor", join(directory, "command.json")];
  await planted(part("P-1"), 9);
  const drifted = await runJob(postgres, "reconcile", "--json", ...cursor);
  expect([drifted.code, JSON.parse(drifted.stdout)[0].drifts.length]).toEqual([1, 1]);
  const who = ["--yacht", yachts.aurora, "--part", part("P-1"), "--by", userId("aurora", "manager")];
  const stranger = [...who.slice(0, -1), userId("borealis", "manager")];
  const refused = await runJob(postgres, "repair", ...stranger, "--reason", "by hand");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is no member of the yacht")]);
  const done = await runJob(postgres, "repair", ...who, "--reason", "by hand");
  expect([done.code, done.stdout]).toEqual([0, expect.stringMatching(/^Engine room: \d+ -> \d+\n$/)]);
  const clean = await runJob(postgres, "reconcile", ...cursor);
  expect([clean.code, clean.stdout]).toEqual([
    0,
    expect.stringContaining("alpha: full, 8 stock rows, 0 found"),
  ]);
});
