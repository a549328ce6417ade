import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyTables,
  differences,
  emptyTables,
  tableStates,
} from "../../../../api/database/move/table-copy.ts";
import { TablesNotMovable, tenantTables } from "../../../../api/database/move/tenant-tables.ts";
import { yachts } from "../../../support/fleet.ts";
import { startPostgres, type TestPostgres } from "../../../support/postgres.ts";

let postgres: TestPostgres;
let source: pg.Client;
let target: pg.Client;
let tables: string[];
let copies = 0;

const { aurora } = yachts;
/** More than are read and written at once, and what a text form could get wrong. */
const filler = 1_234;
const nasty = ["", " ", 'a "quote", a comma\\ and (brackets)', "\\N", "NULL", "ναῦς\n\t⚓", "it's {1,2}"];

const newTarget = async () =>
  postgres.client("part_lens_migrator", await postgres.newDatabase("tenant", `copy_${++copies}`));

beforeAll(async () => {
  postgres = await startPostgres();
  source = await postgres.client("part_lens_migrator", postgres.tenants.alpha);
  await source.query(
    `insert into part_lens.pms_parts (yacht_id, external_id, name, manufacturer, min_level, created_at)
       select $1, 'F-' || n, 'Filler ' || n, case n % 3 when 0 then null when 1 then '' else 'm' end, n / 100.00,
         now() - n * interval '1.000001 seconds'
       from generate_series(1, $2::int) n`,
    [aurora, filler],
  );
  for (const [index, text] of nasty.entries())
    await source.query(
      "insert into part_lens.pms_parts (yacht_id, external_id, name, manufacturer, min_level) values ($1, $2, $3, $4, 25.000)",
      [aurora, `N-${index}`, `x${text}`, text],
    );
  await source.query(
    `insert into part_lens.pms_audit_log (yacht_id, action, actor, role, version, entity_type, entity_id, old_values,
        new_values, execution_id)
      values ($1, 'a', $1, 'captain', 'v2', 'part', $1, 'null', '{"n": 1.10, "t": "\\"x\\\\"}', gen_random_uuid())`,
    [aurora],
  );
  tables = await tenantTables(source);
  target = await newTarget();
});
afterAll(() => postgres.stop());

test("every row of every table is the same after a copy, whatever is in it, and again when it is copied again", async () => {
  let told = 0;
  const copy = () => copyTables({ source, target, tables, onRows: (rows) => (told = rows) });
  const states = await copy();
  expect(states.find(({ table }) => table === "pms_parts")?.rows).toBeGreaterThan(filler);
  expect(told).toBe(states.reduce((sum, { rows }) => sum + rows, 0));
  expect(await copy()).toEqual(states);
  const [here, there] = [await tableStates(source, tables), await tableStates(target, tables)];
  expect([there, differences(here, there)]).toEqual([here, []]);
  const asText = "select p::text as row from part_lens.pms_parts p order by external_id";
  expect((await target.query(asText)).rows).toEqual((await source.query(asText)).rows);
  const audit = "select a::text as row from part_lens.pms_audit_log a order by yacht_id, sequence";
  expect((await target.query(audit)).rows).toEqual((await source.query(audit)).rows);
});

test("the copy refuses writes, and its triggers are back; emptied it takes them again", async () => {
  const write = (client: pg.Client) => client.query("update part_lens.pms_parts set name = 'y' where false");
  await expect(write(target)).rejects.toMatchObject({ code: "55000" });
  const off = "select count(*)::int as off from pg_trigger where not tgisinternal and tgenabled <> 'O'";
  expect((await target.query(off)).rows).toEqual([{ off: 0 }]);
  await emptyTables(target, tables);
  await write(target);
  expect((await target.query(off)).rows).toEqual([{ off: 0 }]);
  expect((await tableStates(target, tables)).every(({ rows }) => rows === 0)).toBe(true);
  expect((await tableStates(source, tables)).some(({ rows }) => rows > filler)).toBe(true);
});

test("one other value, one row less and one table less are each a difference", async () => {
  const states = await tableStates(source, tables);
  const changed = states.map((state) =>
    state.table === "pms_parts" ? { ...state, sha256: "0".repeat(64) } : state,
  );
  expect(differences(states, changed)).toEqual([expect.stringContaining("other ones")]);
  const fewer = states.map((state) =>
    state.table === "pms_parts" ? { ...state, rows: state.rows - 1 } : state,
  );
  expect(differences(states, fewer)).toHaveLength(1);
  expect(differences(states, states.slice(1))).toHaveLength(1);
});

test("a table whose rows a policy may hide, and a sequence, are refused by name before anything is copied", async () => {
  const owner = await newTarget();
  await owner.query("set role part_lens_owner");
  await owner.query(
    "create table part_lens.hidden (id int); alter table part_lens.hidden enable row level security",
  );
  const mover = await postgres.client("part_lens_migrator", {
    ...postgres.master,
    database: `copy_${copies}`,
  });
  await expect(tenantTables(mover)).rejects.toThrow(TablesNotMovable);
  await expect(tenantTables(mover)).rejects.toThrow("hidden");
  await owner.query("drop table part_lens.hidden; create sequence part_lens.numbers");
  await expect(tenantTables(mover)).rejects.toThrow("no sequences: numbers");
});
