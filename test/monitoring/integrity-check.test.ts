import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkIntegrity } from "../../monitoring/integrity-check.ts";
import { closeConnections, TenantsFailedError } from "../../monitoring/job-databases.ts";
import { jobsEnvOf, runJob } from "../support/jobs.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

/** Of a test that starts commands, each a process of its own: on a busy machine that takes its time. */
const patience = 600_000;

let postgres: TestPostgres;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
});
afterAll(async () => {
  await closeConnections();
  await postgres.stop();
});

async function checked() {
  const printed: string[] = [];
  const found = await checkIntegrity(jobsEnvOf(postgres), (line) => printed.push(line));
  const lines = printed.map((line) => JSON.parse(line));
  return { found, lines: lines.map((line) => [line.job, line.tenant, line.Version, line.IntegrityBreaks]) };
}

const move = (by: number) =>
  superuser.query(`update part_lens.pms_inventory_stock set quantity = quantity + ${by}
    where id = (select min(id::text)::uuid from part_lens.pms_inventory_stock)`);

test("a clean fleet has no break, and says so for each tenant, for no version", async () => {
  const { found, lines } = await checked();
  expect(found.toSorted((a, b) => (a.tenant < b.tenant ? -1 : 1))).toEqual([
    { tenant: "alpha", breaks: 0 },
    { tenant: "beta", breaks: 0 },
  ]);
  expect(lines.toSorted()).toEqual([
    ["integrity", "alpha", "any", 0],
    ["integrity", "beta", "any", 0],
  ]);
});

test("a cache that somebody moved is found within its tenant, and no more once it is put back", async () => {
  await move(1);
  const { lines } = await checked();
  await move(-1);
  expect(lines).toContainEqual(["integrity", "alpha", "any", 1]);
  expect(lines).toContainEqual(["integrity", "beta", "any", 0]);
  expect((await checked()).lines).toContainEqual(["integrity", "alpha", "any", 0]);
});

test("a transaction whose stock row is gone is found, and no more once it is taken back", async () => {
  const planted = `insert into part_lens.pms_inventory_transactions
    (yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before, quantity_after, user_id)
    select yacht_id, part_id, gen_random_uuid(), 'receive', 1, 0, 1, gen_random_uuid()
      from part_lens.pms_inventory_stock limit 1 returning id`;
  await superuser.query("set session_replication_role = replica");
  const { rows } = await superuser.query(planted);
  const { lines } = await checked();
  await superuser.query("delete from part_lens.pms_inventory_transactions where id = $1", [rows[0].id]);
  await superuser.query("set session_replication_role = origin");
  expect(lines).toContainEqual(["integrity", "alpha", "any", 1]);
  expect((await checked()).lines).toContainEqual(["integrity", "alpha", "any", 0]);
});

test("a tenant that cannot be read fails the check: none seen is not none there", async () => {
  await superuser.query("revoke select on part_lens.ledger_mismatches from part_lens_auditor");
  await expect(checked()).rejects.toThrow(TenantsFailedError);
  await superuser.query("grant select on part_lens.ledger_mismatches to part_lens_auditor");
  await superuser.query("drop policy auditor on part_lens.pms_inventory_stock");
  await expect(checked()).rejects.toThrow(/rows may be hidden .*pms_inventory_stock/);
  await superuser.query(
    "create policy auditor on part_lens.pms_inventory_stock for select to part_lens_auditor using (true)",
  );
  expect((await checked()).found).toHaveLength(2);
});

test("a connection that the server ended between two runs is exchanged", async () => {
  await checked();
  const { rowCount } = await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'part_lens_auditor'",
  );
  expect(rowCount).toBeGreaterThan(0);
  expect((await checked()).found).toHaveLength(2);
});

test(
  "the command shows metric lines only to who asks for them",
  async () => {
    const quiet = await runJob(postgres, "integrity");
    expect([quiet.code, quiet.stderr]).toEqual([0, ""]);
    const { stderr } = await runJob(postgres, "integrity", "--metrics");
    expect(
      stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).IntegrityBreaks),
    ).toEqual([0, 0]);
  },
  patience,
);
