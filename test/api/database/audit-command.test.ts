import { execFile } from "node:child_process";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPools } from "../../../api/database/pools.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { scopeFor } from "../../support/stock.ts";

/** Of a test that starts commands, each a process of its own: on a busy machine that takes its time. */
const patience = 600_000;

let postgres: TestPostgres;
let superuser: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  // The edits that are planted here are what the triggers refuse.
  await superuser.query("set session_replication_role = replica");
  const pools = createPools({ max: 1 });
  for (const yacht of ["aurora", "borealis"] as const) {
    const payload = { part_id: postgres.partIds[yacht]["P-1"], quantity_received: 1 };
    for (let request = 0; request < 5; request++) {
      const scope = scopeFor(yacht, { request_id: `${yacht}-${request}` });
      await pools.call(postgres.tenants.alpha, "v2_receive_part", scope, payload);
    }
  }
  await pools.end();
});
afterAll(() => postgres.stop());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a value a variable is not set. */
function audit(variables: Record<string, string | undefined>, ...args: string[]): Promise<Ended> {
  const { host, port, database } = postgres.tenants.alpha;
  const env = {
    ...postgres.environment,
    PGHOST: host,
    PGPORT: String(port),
    PGDATABASE: database,
    PGUSER: "part_lens_auditor",
    ...variables,
  };
  const { promise, resolve } = Promise.withResolvers<Ended>();
  execFile(process.execPath, ["api/database/audit-command.ts", ...args], { env }, (error, stdout, stderr) =>
    resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
  );
  return promise;
}

const verified = async () => {
  const { code, stdout } = await audit({}, "verify", "--json");
  return { code, ...JSON.parse(stdout) };
};

/** Plants the edit, verifies, and takes it back. */
async function verifiedWith(edit: string | (() => Promise<void>), values: unknown[] = []) {
  const where = `where yacht_id = '${yachts.aurora}'`;
  await superuser.query(`create temp table kept as select * from part_lens.pms_audit_log ${where}`);
  if (typeof edit === "string") await superuser.query(edit, values);
  else await edit();
  const found = await verified();
  await superuser.query(`delete from part_lens.pms_audit_log ${where}`);
  await superuser.query("insert into part_lens.pms_audit_log select * from kept");
  await superuser.query("drop table kept");
  return found;
}

const brokenAt = (sequence: number, problem: RegExp) => ({
  code: 1,
  broken: [{ yacht_id: yachts.aurora, sequence, problem: expect.stringMatching(problem) }],
});

test("a whole log is verified: every yacht's rows are counted, and its last hash is told", async () => {
  const found = await verified();
  expect(found).toMatchObject({ code: 0, rows: 12, broken: [] });
  const { rows } = await superuser.query(
    "select yacht_id, 6 as rows, hash as head from part_lens.pms_audit_log where sequence = 6 order by 1",
  );
  expect(found.yachts).toEqual(rows);
});

test("a row whose content was edited is the first broken one", async () => {
  const edit = `update part_lens.pms_audit_log set actor = $1 where yacht_id = $2 and sequence = 3`;
  const found = await verifiedWith(edit, [userId("aurora", "crew"), yachts.aurora]);
  expect(found).toMatchObject(brokenAt(3, /content/));
});

test("so is the row after one that was edited and hashed anew", async () => {
  // The hash is that of the edited row.
  const edit = `update part_lens.pms_audit_log entry set role = 'crew', hash = (
      select part_lens.audit_hash(forged) from jsonb_populate_record(entry, '{"role": "crew"}') forged
    ) where yacht_id = $1 and sequence = 3`;
  expect(await verifiedWith(edit, [yachts.aurora])).toMatchObject(brokenAt(4, /does not follow/));
});

test("a removed row is missed", async () => {
  const found = await verifiedWith(
    "delete from part_lens.pms_audit_log where yacht_id = $1 and sequence = 3",
    [yachts.aurora],
  );
  expect(found).toMatchObject(brokenAt(4, /missing/));
});

test("a row removed from the end is missed, although the chain before it is whole", async () => {
  const found = await verifiedWith(
    "delete from part_lens.pms_audit_log where yacht_id = $1 and sequence = 6",
    [yachts.aurora],
  );
  expect(found).toMatchObject(brokenAt(6, /ledger/));
});

test("two rows in each other's place are found at the first of them", async () => {
  const swap = `update part_lens.pms_audit_log entry set sequence = -other.sequence
    from part_lens.pms_audit_log other where entry.yacht_id = $1 and other.yacht_id = $1
      and entry.sequence in (3, 4) and other.sequence = 7 - entry.sequence`;
  const positive = "update part_lens.pms_audit_log set sequence = -sequence where sequence < 0";
  const found = await verifiedWith(async () => {
    await superuser.query(swap, [yachts.aurora]);
    await superuser.query(positive);
  });
  expect(found).toMatchObject(brokenAt(3, /content/));
});

test("said to people, the first broken link is a line of its own", async () => {
  const { code, stdout } = await audit({}, "verify");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/2 yachts, 12 rows, 0 broken\n$/)]);
});

test("who does not see all rows verifies nothing, and is told so", async () => {
  const { code, stdout, stderr } = await audit({ PGUSER: "part_lens_api" }, "verify", "--json");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("part_lens_api does not see all rows of the audit log");
});

test("a database that cannot be reached is an error with a reason", async () => {
  const { code, stderr } = await audit({ PGPORT: "1" }, "verify");
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^audit: .* at .*:1: .*ECONNREFUSED/)]);
});

test("without a database the log of every tenant that MASTER knows is followed", async () => {
  const { host, port, database } = postgres.master;
  const master = { MASTER_HOST: host, MASTER_PORT: String(port), MASTER_DATABASE: database };
  const { code, stdout } = await audit({ ...master, PGDATABASE: undefined }, "verify", "--json");
  const found = JSON.parse(stdout);
  expect([code, found.rows, found.broken]).toEqual([0, expect.any(Number), []]);
  const theirs = await postgres.client("postgres", postgres.tenants.beta);
  const { rows } = await theirs.query("select distinct yacht_id from part_lens.pms_audit_log");
  const all = [...(await verified()).yachts, ...rows].map(({ yacht_id }) => yacht_id);
  expect(rows.length).toBeGreaterThan(0);
  expect(found.yachts.map(({ yacht_id }: { yacht_id: string }) => yacht_id).toSorted()).toEqual(
    all.toSorted(),
  );
});

test(
  "with no database named, or a line that is wrong, it ends 2 and says what to do",
  async () => {
    const nowhere = await audit({ PGDATABASE: undefined, MASTER_HOST: undefined }, "verify");
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringMatching(/set MASTER_HOST .*PGDATABASE/),
    ]);
    expect((await audit({}, "verify", "--bogus")).code).toBe(2);
    expect((await audit({}, "verify", "--help")).code).toBe(0);
  },
  patience,
);
