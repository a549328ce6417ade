import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { queryReview, StatementsHiddenError } from "../../../monitoring/trends/slow-calls.ts";
import { yachts } from "../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let superuser: pg.Client;
let auditor: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  auditor = await postgres.client("part_lens_auditor", postgres.tenants.alpha);
});
afterAll(() => postgres.stop());

const large = 100;
const rows = 5_000;

test("without the extension, or without the right to read it, the review fails: what is hidden is not fast", async () => {
  await superuser.query("drop extension pg_stat_statements");
  await expect(queryReview(auditor)).rejects.toThrow(StatementsHiddenError);
  await superuser.query(
    `create extension pg_stat_statements;
     revoke pg_monitor from part_lens_auditor granted by part_lens_admin`,
  );
  await expect(queryReview(auditor)).rejects.toThrow(/pg_read_all_stats/);
  await superuser.query("grant pg_monitor to part_lens_auditor");
  await expect(queryReview(auditor)).resolves.toMatchObject({ slowCalls: expect.any(Array) });
});

test("a call that takes its time is named by its function, with its share, before those that do not", async () => {
  await superuser.query(`create function part_lens.slow_on_purpose() returns void language sql as
    'select pg_sleep(0.5)'`);
  await superuser.query("select pg_stat_statements_reset()");
  for (let time = 0; time < 3; time++) await superuser.query("select part_lens.slow_on_purpose()");
  const { slowCalls, since } = await queryReview(auditor);
  expect(slowCalls[0]).toMatchObject({ call: "part_lens.slow_on_purpose", calls: 3 });
  expect(slowCalls[0]?.mean).toBeGreaterThanOrEqual(500);
  expect(slowCalls[0]?.share).toBeGreaterThan(0.3);
  expect(since).toMatch(/^\d{4}-/);
});

test("an index that nothing uses and a large table read from end to end are found; a small fleet has neither", async () => {
  expect((await queryReview(auditor)).indexAdvice).toEqual([]);
  await superuser.query(
    `create table part_lens.planted (yacht_id uuid, mark int, note text);
     create index planted_unused on part_lens.planted (note)`,
  );
  await superuser.query(
    `insert into part_lens.planted select $1::uuid, n, 'note ' || n from generate_series(1, ${rows}) n`,
    [yachts.aurora],
  );
  await superuser.query("analyze part_lens.planted");
  for (let time = 0; time < 12; time++)
    await superuser.query("select * from part_lens.planted where mark = $1", [time]);
  await superuser.query("select pg_stat_force_next_flush()");
  await superuser.query("select 1");
  const { indexAdvice } = await queryReview(auditor, large);
  expect(indexAdvice.filter(({ table }) => table === "planted")).toEqual([
    expect.objectContaining({
      kind: "missing",
      index: null,
      advice: expect.stringMatching(/^1\d reads from end to end/),
    }),
    expect.objectContaining({ kind: "unused", index: "planted_unused" }),
  ]);
});
