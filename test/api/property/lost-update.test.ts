/** Two that take all of a part's stock at once, each having read it before the other writes. */
import type pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import { replaceInFunction } from "../../support/replaced-function.ts";
import { startApi, type TestApi } from "../harness.ts";
import { carryOut } from "./client.ts";
import type { Mutation } from "./requests.ts";
import { problemsOf } from "./verdict.ts";

let api: TestApi;
let superuser: pg.Client;

beforeEach(async () => {
  api = await startApi();
  superuser = await api.postgres.client("postgres", api.postgres.tenants.alpha);
});
afterEach(async () => {
  await superuser.end();
  await api.stop();
});

/** Whoever has read waits here until the other has read, too, or waits for a lock: then one of them holds it. */
const meeting = `create sequence part_lens.meeting;
  grant all on sequence part_lens.meeting to public;
  create function part_lens.meet() returns void language plpgsql as $$
    begin
      perform nextval('part_lens.meeting');
      loop
        exit when (select last_value >= 2 from part_lens.meeting);
        exit when exists (select from pg_locks where not granted);
        perform pg_sleep(0.01);
      end loop;
    end $$`;

async function takeAllTwice() {
  await superuser.query(meeting);
  const read = "if available < quantity then";
  await replaceInFunction(superuser, "take_stock", read, `perform part_lens.meet(); ${read}`);
  const { rows } = await superuser.query(
    "select coalesce(sum(quantity_change), 0)::float8 as held from part_lens.pms_inventory_transactions where part_id = $1",
    [api.postgres.partIds.aurora["P-2"]],
  );
  const quantity: number = rows[0].held;
  expect(quantity).toBeGreaterThan(0);
  const take = (key: string) => {
    const mutation = { yacht: "aurora", role: "bosun", part: "P-2", action: "consume_part" } as const;
    const reach = { api, chance: new Seeded(key), chaos: { strike: () => {} }, lost: 0 };
    return carryOut(reach, { ...mutation, payload: { quantity }, key } satisfies Mutation);
  };
  const ended = await Promise.all([take("first"), take("second")]);
  return { ended, problems: await problemsOf(api, ended) };
}

test("with the part's lock one of two who take all of it is refused", async () => {
  const { ended, problems } = await takeAllTwice();
  expect(ended.map(({ outcome }) => outcome).sort()).toEqual(["accepted", "refused"]);
  expect(problems).toEqual([]);
});

test("a database in which a part's stock is read without a lock is found out", async () => {
  const lock = "pg_advisory_xact_lock(hashtextextended('part_lens.pms_parts/' || part.id, 0))";
  await replaceInFunction(superuser, "lock_part", lock, "part.id");
  await replaceInFunction(superuser, "lock_stock", "order by id for update", "order by id");
  const { problems } = await takeAllTwice();
  // A stock below zero, a movement that has another's in it, or an execution that fails at it: which one, time decides.
  expect(problems.join("\n")).toMatch(/negative|internal_error|moved -?\d+ instead of/);
});
