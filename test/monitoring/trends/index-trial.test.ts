import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TrialRefusedError, tryIndex } from "../../../monitoring/trends/index-trial.ts";
import { yachts } from "../../support/fleet.ts";
import { runJob } from "../../support/jobs.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let postgres: TestPostgres;
let superuser: pg.Client;
let migrator: pg.Client;

beforeAll(async () => {
  postgres = await startPostgres();
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  migrator = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
  await superuser.query(
    `insert into part_lens.pms_parts (yacht_id, external_id, name, unit, manufacturer)
      select $1, 'X-' || n, 'Part ' || n, 'ea', 'Maker ' || n from generate_series(1, 5000) n`,
    [yachts.aurora],
  );
  await superuser.query("analyze part_lens.pms_parts");
});
afterAll(() => postgres.stop());

const query = "select * from pms_parts where yacht_id = $1 and manufacturer = $2";
const useful = "create index on pms_parts (yacht_id, manufacturer)";
const useless = "create index on part_lens.pms_parts (unit)";
const indexes = async () =>
  (await superuser.query("select indexname from pg_indexes where schemaname = 'part_lens' order by 1")).rows;
const inAlpha = (...args: readonly string[]) => runJob(postgres, "try-index", "--tenant", "alpha", ...args);

test("an index that helps a query on a table with row security is found by the planner, and is gone afterwards", async () => {
  const before = await indexes();
  const trial = await tryIndex(migrator, { index: useful, statement: query });
  expect(trial.used).toBe(true);
  expect(trial.after).toBeLessThan(trial.before / 5);
  const other = await tryIndex(migrator, { index: useless, statement: query });
  expect(other).toMatchObject({ used: false, after: other.before });
  expect(await indexes()).toEqual(before);
});

test.each([
  ["something else", { index: "drop table part_lens.pms_parts" }, /begins with create index/],
  ["concurrently", { index: "create index concurrently on pms_parts (unit)" }, /without concurrently/],
  ["an end of the transaction behind the index", { index: `${useful}; commit` }, /multiple commands/],
  ["one behind the query", { statement: "select 1; commit; drop table pms_parts" }, /multiple commands/],
  ["a query that would run", { statement: "analyze pms_parts" }, /syntax error/],
  [
    "an index that is there",
    { index: "create index if not exists pms_parts_pkey on pms_parts (id)" },
    /already/,
  ],
])("%s is refused, and nothing is left of it", async (_, changed, why) => {
  const before = await indexes();
  await expect(tryIndex(migrator, { index: useful, statement: query, ...changed })).rejects.toThrow(why);
  expect(await indexes()).toEqual(before);
  expect((await migrator.query("select now() = statement_timestamp() as free")).rows).toEqual([
    { free: true },
  ]);
});

test("a table that is not free is left alone, and so is one that takes too long", async () => {
  await superuser.query("begin; lock table part_lens.pms_parts in row exclusive mode");
  const blocked = tryIndex(migrator, { index: useful, statement: query });
  await expect(blocked).rejects.toThrow(/not free within a second/);
  await superuser.query("rollback");
  await superuser.query(`create function part_lens.slowly(text) returns text immutable language plpgsql
    as $$ begin perform pg_sleep(1); return $1; end $$`);
  const slow = { index: "create index on pms_parts (slowly(name))", statement: query, within: 200 };
  await expect(tryIndex(migrator, slow)).rejects.toThrow(TrialRefusedError);
  await expect(tryIndex(migrator, slow)).rejects.toThrow(/not built within 0.2 s/);
});

test("the command ends 0 when the planner would take it, 1 when not, 2 when it could not be tried", async () => {
  const taken = await inAlpha("--for", query, useful);
  expect([taken.code, taken.stdout]).toEqual([
    0,
    expect.stringMatching(/^alpha: cost [\d.]+ .* would take the index\n$/),
  ]);
  const left = await inAlpha("--for", query, useless, "--json");
  expect([left.code, JSON.parse(left.stdout)]).toEqual([
    1,
    expect.objectContaining({ tenant: "alpha", used: false }),
  ]);
  const unknown = await inAlpha("--for", "select * from nothing", useful);
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('relation "nothing" does not exist'),
  ]);
  const nowhere = await runJob(postgres, "try-index", "--tenant", "gamma", "--for", query, useful);
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining("there are alpha, beta")]);
  expect((await inAlpha("--for", query, useful, "--within", "none")).code).toBe(2);
  expect((await inAlpha("--help")).stdout).toContain("Exit codes: 0 the planner would take the index");
});
