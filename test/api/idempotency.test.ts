import { afterAll, beforeAll, expect, test } from "vitest";
import { startApi, type TestApi } from "./harness.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  api.setFlags({ cohort: ["aurora", "borealis"] });
});
afterAll(() => api.stop());

const bosun = ["aurora", "bosun"] as const;

test("of requests with one key that come together, one takes effect and the others learn its result", async () => {
  const payload = { part_id: api.postgres.partIds.aurora["P-1"], quantity_received: 3 };
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => api.execute("/v2", bosun, "receive_part", payload, "delivery-1")),
  );
  const [won, ...others] = answers.filter((each) => each.status === 200);
  expect(others).toEqual([]);
  expect(won?.body).toMatchObject({ new_stock_level: 13 });
  const refused = answers.filter((each) => each.status === 409);
  expect(refused).toHaveLength(5);
  for (const { body } of refused) {
    expect(body.code).toBe("duplicate_idempotency_key");
    expect(body.result).toMatchObject({ execution_id: won?.body.execution_id, new_stock_level: 13 });
  }
});

test("the same key with another payload, or for another action, is refused as reused", async () => {
  const part_id = api.postgres.partIds.aurora["P-3"];
  const consume = (quantity: number) =>
    api.execute("/v2", bosun, "consume_part", { part_id, quantity }, "key-2");
  expect((await consume(1)).status).toBe(200);
  expect((await consume(2)).body.code).toBe("idempotency_key_reused");
  const other = await api.execute("/v2", bosun, "receive_part", { part_id, quantity_received: 1 }, "key-2");
  expect([other.status, other.body.code]).toEqual([409, "idempotency_key_reused"]);
});

test("a key whose action failed is free again", async () => {
  const part_id = api.postgres.partIds.aurora["P-2"];
  const consume = (quantity: number) =>
    api.execute("/v2", bosun, "consume_part", { part_id, quantity }, "key-3");
  expect((await consume(3)).body.code).toBe("insufficient_stock");
  expect((await consume(2)).status).toBe(200);
});

test("a key belongs to its yacht: another one may use the same", async () => {
  const receive = (yacht: "aurora" | "borealis") =>
    api.execute(
      "/v2",
      [yacht, "bosun"],
      "receive_part",
      { part_id: api.postgres.partIds[yacht]["P-4"], quantity_received: 1, location: "Bosun store" },
      "key-4",
    );
  expect((await receive("aurora")).status).toBe(200);
  expect((await receive("borealis")).status).toBe(200);
});

test("spelling an id or the fields' order differently is still the same payload", async () => {
  const part_id = api.postgres.partIds.aurora["P-1"];
  const first = { part_id, quantity_received: 1, notes: "box" };
  const again = { notes: "box ", quantity_received: 1.0, part_id: part_id.toUpperCase() };
  await api.execute("/v2", bosun, "receive_part", first, "key-5");
  const { body } = await api.execute("/v2", bosun, "receive_part", again, "key-5");
  expect(body.code).toBe("duplicate_idempotency_key");
});
