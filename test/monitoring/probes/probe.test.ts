import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metrics } from "../../../monitoring/metrics.ts";
import { probe } from "../../../monitoring/probes/probe.ts";
import { jobsEnvOf, runJob } from "../../support/jobs.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
});
afterAll(() => postgres.stop());

async function probed() {
  const printed: string[] = [];
  const found = await probe(jobsEnvOf(postgres), (line) => printed.push(line));
  const leaks = printed.map((line) => JSON.parse(line)).filter((line) => line._aws);
  const alpha = found.find(({ tenant }) => tenant === "alpha")!;
  const beta = found.find(({ tenant }) => tenant === "beta")!;
  return { alpha, beta, leaks };
}

/** Plants it, probes, and takes it back. */
async function probedWith(plant: string, takeBack: string) {
  await superuser.query(plant);
  try {
    return await probed();
  } finally {
    await superuser.query(takeBack);
  }
}

const rowsOf = async () => {
  const { rows } = await superuser.query(
    `select (select jsonb_agg(stock order by id) from part_lens.pms_inventory_stock stock) as stock,
      (select count(*) from part_lens.pms_inventory_transactions) as ledger,
      (select count(*) from part_lens.pms_audit_log) as audit`,
  );
  return rows[0];
};

test("policies that hold let nothing through: every table and view is tried, and nothing is changed", async () => {
  const before = await rowsOf();
  const { alpha, beta, leaks } = await probed();
  expect([alpha.violations, beta.violations]).toEqual([[], []]);
  // Three identities, eight tables with three attempts at least, and the views.
  expect(alpha.attempts).toBeGreaterThan(80);
  expect(leaks.map((line) => [line.Version, line[metrics.rlsLeak.name]])).toEqual([
    ["v2", 0],
    ["v2", 0],
  ]);
  expect(await rowsOf()).toEqual(before);
});

test("a permissive policy on the stock is found, for reading and for every way to write", async () => {
  const before = await rowsOf();
  const { alpha, beta, leaks } = await probedWith(
    "create policy leak on part_lens.pms_inventory_stock to part_lens_api using (true) with check (true)",
    "drop policy leak on part_lens.pms_inventory_stock",
  );
  const operations = alpha.violations
    .filter(({ identity, target }) => identity === "stranger" && target === "pms_inventory_stock")
    .map(({ operation }) => operation);
  expect(operations.sort()).toEqual(["insert", "read", "update"]);
  expect(beta.violations).toEqual([]);
  const counted = leaks.map((line) => line[metrics.rlsLeak.name]);
  expect(counted.sort()).toEqual([0, alpha.violations.length]);
  expect(await rowsOf()).toEqual(before);
});

test("a policy that only lets neighbours of the same database in is found by the neighbour", async () => {
  const { alpha } = await probedWith(
    `create policy leak on part_lens.pms_parts for select to part_lens_api
      using (current_setting('app.yacht_id', true) like 'a0000000-%')`,
    "drop policy leak on part_lens.pms_parts",
  );
  expect(new Set(alpha.violations.map(({ identity }) => identity))).toEqual(new Set(["neighbour"]));
  expect(alpha.violations).toContainEqual(
    expect.objectContaining({ operation: "read", target: "pms_parts" }),
  );
});

test("row security that was switched off is found, and so is a function that reads with its owner's rights", async () => {
  const { alpha } = await probedWith(
    "alter table part_lens.pms_parts disable row level security",
    "alter table part_lens.pms_parts enable row level security",
  );
  expect(alpha.violations).toContainEqual({
    identity: "none",
    operation: "read",
    target: "pms_parts",
    detail: "a row was seen",
  });
  const owned = await probedWith(
    "alter view part_lens.on_hand set (security_invoker = false); alter view part_lens.on_hand owner to postgres",
    "alter view part_lens.on_hand owner to part_lens_owner; alter view part_lens.on_hand set (security_invoker = true)",
  );
  expect(owned.alpha.violations).toContainEqual(
    expect.objectContaining({ identity: "stranger", target: "on_hand" }),
  );
});

test("a function that finds a foreign part is found", async () => {
  const signature = "part_lens.find_part(jsonb, jsonb)";
  const { rows } = await superuser.query(`select pg_get_functiondef('${signature}'::regprocedure) as source`);
  const { alpha } = await probedWith(
    `create or replace function part_lens.find_part(scope jsonb, payload jsonb) returns part_lens.pms_parts
      language sql stable security definer as
      'select * from part_lens.pms_parts where id = (payload ->> ''part_id'')::uuid';
      alter function ${signature} owner to postgres`,
    `${rows[0].source}; alter function ${signature} owner to part_lens_owner`,
  );
  expect(alpha.violations).toContainEqual(
    expect.objectContaining({ operation: "function", target: "v2_view_part_details" }),
  );
});

test("the command ends 0 when nothing was seen, and 1 when something was", async () => {
  const clean = await runJob(postgres, "probe");
  expect([clean.code, clean.stdout]).toEqual([0, expect.stringMatching(/^alpha: \d+ attempts, 0 found\n/m)]);
  await superuser.query(
    "create policy leak on part_lens.pms_audit_log for select to part_lens_api using (true)",
  );
  const leaking = await runJob(postgres, "probe", "--json");
  await superuser.query("drop policy leak on part_lens.pms_audit_log");
  expect(leaking.code).toBe(1);
  expect(JSON.parse(leaking.stdout)[0].violations.length).toBeGreaterThan(0);
});
