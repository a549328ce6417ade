import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPools } from "../../../api/database/pools.ts";
import type { Scope } from "../../../api/database/scope.ts";
import { v2Actions } from "../../../api/v2/actions/catalogue.ts";
import { permittedRoles, signedActions } from "../../../monitoring/audit-review/permitted-roles.ts";
import { review } from "../../../monitoring/audit-review/review.ts";
import { metrics } from "../../../monitoring/metrics.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { jobsEnvOf, runJob } from "../../support/jobs.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { evidence, scopeFor } from "../../support/stock.ts";

let postgres: TestPostgres;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  // The edits that are planted here are what the triggers refuse.
  await superuser.query("set session_replication_role = replica");
  const pools = createPools({ max: 1 });
  const act = (name: string, payload: object, more: Partial<Scope>) =>
    pools.call(postgres.tenants.alpha, name, scopeFor("aurora", more), payload);
  const part_id = postgres.partIds.aurora["P-1"];
  const signed = (step: number, role = "captain") => ({
    role,
    request_id: `request-${step}`,
    signature: { ...evidence, step, role, verified_at: new Date().toISOString() },
  });
  // After the import, in this order: rows 2 to 6 of the chain.
  await act("v2_receive_part", { part_id, quantity_received: 5 }, { request_id: "request-r" });
  await act("v2_adjust_stock_quantity", { part_id, new_quantity: 9, reason: "count" }, signed(1));
  await act("v2_adjust_stock_quantity", { part_id, new_quantity: 8, reason: "count" }, signed(2));
  await act("v2_write_off_part", { part_id, quantity: 1, reason: "lost" }, signed(3, "crew"));
  // v1's unsigned adjust is legitimate.
  await act("v1_adjust", { part_id, new_quantity: 7 }, { version: "v1", request_id: "request-v1" });
  await pools.end();
});
afterAll(() => postgres.stop());

const anHour = 3_600_000;

async function reviewed(since = new Date(Date.now() - anHour)) {
  const printed: string[] = [];
  const found = await review(jobsEnvOf(postgres), { since, print: (line) => printed.push(line) });
  const lines = printed.map((line) => JSON.parse(line));
  return { alpha: found.find(({ tenant }) => tenant === "alpha")!, lines };
}

/** Edits the row, hashes the chain anew as a thorough forger would, reviews, and takes it back. */
async function reviewedWith(set: string, sequence: number, { rehash = true } = {}) {
  const where = `where yacht_id = '${yachts.aurora}'`;
  await superuser.query(`create temp table kept as select * from part_lens.pms_audit_log ${where}`);
  await superuser.query(`update part_lens.pms_audit_log set ${set} ${where} and sequence = $1`, [sequence]);
  for (let row = sequence; rehash && row <= 6; row++) {
    await superuser.query(
      `update part_lens.pms_audit_log entry set previous_hash = before.hash from part_lens.pms_audit_log before
        where entry.yacht_id = $1 and entry.sequence = $2 and before.yacht_id = $1 and before.sequence = $2 - 1`,
      [yachts.aurora, row],
    );
    await superuser.query(
      `update part_lens.pms_audit_log entry set hash = part_lens.audit_hash(entry) ${where} and sequence = $1`,
      [row],
    );
  }
  try {
    return await reviewed();
  } finally {
    await superuser.query(`delete from part_lens.pms_audit_log ${where}`);
    await superuser.query("insert into part_lens.pms_audit_log select * from kept");
    await superuser.query("drop table kept");
  }
}

const defect = (kind: string, sequence: number, detail: RegExp) => ({
  kind,
  yachtId: yachts.aurora,
  sequence,
  detail: expect.stringMatching(detail),
});

describe("the signature review", () => {
  test("passes an honest log, and tells who signed what on which yacht", async () => {
    const { alpha, lines } = await reviewed();
    expect(alpha).toMatchObject({ rows: 7, chainRows: 7, defects: [] });
    expect(alpha.signedActions).toEqual({ executed: 3, withEvidence: 3 });
    const share = { yachtId: yachts.aurora, version: "v2" };
    expect(alpha.distribution).toContainEqual({
      ...share,
      action: "adjust_stock_quantity",
      role: "captain",
      count: 2,
      signed: 2,
    });
    expect(alpha.distribution).toContainEqual({
      ...share,
      action: "adjust_stock_quantity",
      version: "v1",
      role: "captain",
      count: 1,
      signed: 0,
    });
    expect(alpha.distribution).toContainEqual({
      ...share,
      action: "write_off_part",
      role: "crew",
      count: 1,
      signed: 1,
    });
    expect(lines.map((line) => [line.Version, line[metrics.unsignedExecutions.name]])).toEqual([
      ["v2", 0],
      ["v2", 0],
    ]);
  });

  test("finds a signed action whose evidence is gone, and counts it as an unsigned execution", async () => {
    const { alpha, lines } = await reviewedWith("signature = '{}'", 4);
    expect(alpha.defects).toEqual([defect("unsigned", 4, /^adjust_stock_quantity without/)]);
    expect(alpha.signedActions).toEqual({ executed: 3, withEvidence: 2 });
    expect(lines.find((line) => line.tenant === "alpha")[metrics.unsignedExecutions.name]).toBe(1);
    expect(lines.filter((line) => line.alert)).toHaveLength(1);
  });

  test.each([
    ["the row's role may not do the action", "role = 'crew'", 2, 1, /^receive_part by crew$/],
    [
      "an adjust was signed by a role that may not adjust",
      `role = 'deckhand', signature = signature || '{"role": "deckhand"}'`,
      3,
      2,
      /^adjust_stock_quantity by deckhand/,
    ],
    [
      "the evidence was given in another role",
      `signature = signature || '{"role": "manager"}'`,
      5,
      1,
      /^write_off_part by crew with evidence given as manager$/,
    ],
  ])("finds a role bypass: %s", async (_, set, sequence, count, detail) => {
    const { alpha } = await reviewedWith(set, sequence);
    expect(alpha.defects).toHaveLength(count);
    for (const found of alpha.defects) expect(found).toEqual(defect("roleBypass", sequence, detail));
  });

  test("finds evidence that was used a second time", async () => {
    const { alpha } = await reviewedWith(`signature = signature || '{"step": 1}'`, 4);
    expect(alpha.defects).toEqual([defect("reusedEvidence", 4, /^step 1 of /)]);
  });

  test.each(["2026-01-01T00:00:00Z", "yesterday evening"])(
    "finds evidence that was not given just before: %s",
    async (time) => {
      const { alpha } = await reviewedWith(`signature = signature || '{"verified_at": "${time}"}'`, 3);
      expect(alpha.defects).toEqual([defect("evidenceTime", 3, new RegExp(time))]);
    },
  );

  test("finds a row that was edited without its hash", async () => {
    const actor = userId("aurora", "crew");
    const { alpha } = await reviewedWith(`actor = '${actor}'`, 2, { rehash: false });
    expect(alpha.defects).toEqual([defect("brokenChain", 2, /content/)]);
  });

  test("reviews only what happened since then, but follows the whole chain", async () => {
    const { alpha } = await reviewed(new Date(Date.now() + anHour));
    expect(alpha).toMatchObject({ rows: 0, chainRows: 7, distribution: [], defects: [] });
  });

  test("knows the same roles and signed actions as the API", () => {
    const changing = Object.entries(v2Actions).filter(([, { kind }]) => kind !== "read");
    const rolesOf = (table: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(table).map(([action, roles]) => [action, [...roles].sort()]));
    expect(rolesOf(permittedRoles)).toEqual(
      rolesOf(Object.fromEntries(changing.map(([action, { roles }]) => [action, roles]))),
    );
    const signed = changing.filter(([, { kind }]) => kind === "signed").map(([action]) => action);
    expect([...signedActions].sort()).toEqual(signed.sort());
  });
});

test("the command ends 0 with a clean log, 1 with a defect, 2 when it could not run", async () => {
  const clean = await runJob(postgres, "review");
  expect([clean.code, clean.stdout]).toEqual([
    0,
    expect.stringContaining("alpha: 7 rows, 3 of 3 signed actions with evidence, 0 found"),
  ]);
  const edit = "update part_lens.pms_audit_log set role = $1 where yacht_id = $2 and sequence = 2";
  await superuser.query(edit, ["bosun", yachts.aurora]);
  const broken = await runJob(postgres, "review", "--json");
  await superuser.query(edit, ["captain", yachts.aurora]);
  expect([broken.code, JSON.parse(broken.stdout)[0].defects]).toEqual([
    1,
    [defect("brokenChain", 2, /content/)],
  ]);
  const wrong = await runJob(postgres, "review", "--since", "yesterday");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--since yesterday is no time")]);
});
