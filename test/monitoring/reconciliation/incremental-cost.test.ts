/** What a reconciliation reads, counted in PostgreSQL's pages: no clock decides. */
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerReading } from "../../../monitoring/reconciliation/ledger-reading.ts";
import { benchId, firstNumber, makeRows } from "../../bench/bench-rows.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let superuser: pg.Client;
let auditor: pg.Client;

const ledger = "part_lens.pms_inventory_transactions";
/** Old rows a yacht: 1,000. */
const perYacht = { parts: 50, entries: 20 };
const newRows = 10;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.alpha);
  // ANALYZE samples 300 rows for each of it: with so many all that there are, so that chance chooses no plan.
  await superuser.query("set default_statistics_target = 1000");
});
afterAll(() => postgres.stop());

/** Rows that look as if they had been written a month ago. */
async function grow(from: number, yachts: number): Promise<void> {
  const stamped = (time: string) => `alter table ${ledger} alter created_at set default ${time}`;
  await superuser.query(stamped("clock_timestamp() - interval '30 days'"));
  await makeRows(superuser, { from, yachts, ...perYacht });
  await superuser.query(stamped("clock_timestamp()"));
  await superuser.query("vacuum analyze");
  await superuser.query("select brin_summarize_new_values('part_lens.pms_inventory_transactions_recent')");
}

/** One piece more of each of the first yacht's first parts. */
async function write(): Promise<void> {
  await superuser.query("set session_replication_role = replica");
  for (let index = 0; index < newRows; index++) {
    const part = benchId.part(firstNumber, firstNumber + index);
    await superuser.query(
      `with moved as (
         update part_lens.pms_inventory_stock set quantity = quantity + 1 where part_id = $1 returning *
       ) insert into ${ledger} (yacht_id, part_id, stock_id, transaction_type, quantity_change, quantity_before,
           quantity_after, user_id)
         select yacht_id, part_id, id, 'receive', 1, quantity - 1, quantity, $2 from moved`,
      [part, benchId.user(firstNumber)],
    );
  }
  await superuser.query("set session_replication_role = origin");
}

/** Pages that the auditor's statements touch. */
async function pagesOf(since?: string) {
  await superuser.query("select pg_stat_statements_reset()");
  const { drifts, examined } = await ledgerReading(auditor, since);
  expect(drifts).toEqual([]);
  const { rows } = await superuser.query(
    `select sum(shared_blks_hit + shared_blks_read)::int as pages from pg_stat_statements
       where userid = 'part_lens_auditor'::regrole`,
  );
  return { pages: rows[0].pages as number, examined };
}

async function measured() {
  const since = new Date().toISOString();
  await write();
  return { few: await pagesOf(since), all: await pagesOf() };
}

test("what is read grows with the new rows, not with the ledger; a full reading grows with the ledger", async () => {
  await grow(firstNumber, 10);
  const short = await measured();
  await grow(firstNumber + 10, 90);
  const long = await measured();
  expect(long.all.examined).toBeGreaterThan(9 * short.all.examined);
  expect(long.few.examined).toBeLessThan(short.few.examined + newRows);
  expect(long.all.pages / short.all.pages).toBeGreaterThan(5);
  expect(long.few.pages / short.few.pages).toBeLessThan(2.5);
  expect(long.few.pages * 10).toBeLessThan(long.all.pages);
});
