/** transfer, write-off and shopping list, by v2, by v1 and by the lens. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { successSchema, v1Results, v2Results } from "../../../api/openapi/result-schemas.ts";
import { userId, yachts } from "../../support/fleet.ts";
import { stillClock } from "../../support/still-clock.ts";
import { integrityBreaks } from "../../support/stock.ts";
import { type Answered, startApi, type TestApi } from "../harness.ts";

let api: TestApi;
stillClock();
beforeAll(async () => {
  api = await startApi();
});
beforeEach(() => api.setFlags({ stage: "full-100", cohort: ["aurora", "borealis", "calypso"] }));
afterAll(() => api.stop());

const captain = ["aurora", "captain"] as const;
const part = () => api.postgres.partIds.aurora["P-1"];
const outcome = ({ status, body }: Answered) => [status, body.code ?? body.status];

async function rows(text: string, values: unknown[] = []) {
  const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants.alpha);
  const found = await auditor.query(text, values);
  await auditor.end();
  return found.rows;
}
const ledger = (transferId: unknown) =>
  rows(
    `select entry.transaction_type, entry.quantity_change::float, entry.quantity_after::float, stock.location
      from part_lens.pms_inventory_transactions entry
      join part_lens.pms_inventory_stock stock on stock.id = entry.stock_id
      where entry.transfer_id = $1 order by entry.quantity_change`,
    [transferId],
  );
const audit = async (executionId: unknown) =>
  (await rows("select * from part_lens.pms_audit_log where execution_id = $1", [executionId]))[0];
const transfer = (payload: object, key?: string) =>
  api.execute("/v2", captain, "transfer_part", { part_id: part(), quantity: 3, ...payload }, key);
/** Each a code that was not used before: a code is good once. */
let nextStep = -1;
const sign = async () => (await api.enrol(userId(...captain)))(nextStep++ as -1 | 0 | 1);

describe("a transfer", () => {
  test("is two ledger rows of one transfer, and leaves the part's total as it was", async () => {
    const moved = await transfer({ from_location: "Engine room", to_location: "Bosun's locker" }, "move-1");
    expect(successSchema("transfer_part", v2Results.transfer_part).parse(moved.body)).toMatchObject({
      from_location: "Engine room",
      to_location: "Bosun's locker",
      quantity_transferred: 3,
      from_level: 7,
      to_level: 3,
    });
    expect(await ledger(moved.body.transfer_id)).toEqual([
      { transaction_type: "transfer_out", quantity_change: -3, quantity_after: 7, location: "Engine room" },
      { transaction_type: "transfer_in", quantity_change: 3, quantity_after: 3, location: "Bosun's locker" },
    ]);
    expect(await audit(moved.body.execution_id)).toMatchObject({
      action: "transfer_part",
      version: "v2",
      signature: {},
      old_values: { from_level: 10, to_level: 0 },
      new_values: { from_level: 7, to_level: 3, transfer_id: moved.body.transfer_id },
    });
    const view = await api.execute("/v2", captain, "view_part_details", { part_id: part() });
    expect(view.body.part).toMatchObject({ on_hand: 10 });
  });

  test("repeated with its key moves nothing more and tells the first result", async () => {
    const places = { from_location: "Engine room", to_location: "Bosun's locker" };
    const again = await transfer(places, "move-1");
    expect(outcome(again)).toEqual([409, "duplicate_idempotency_key"]);
    expect(again.body.result).toMatchObject({ from_level: 7, to_level: 3 });
    expect(outcome(await transfer({ ...places, quantity: 1 }, "move-1"))).toEqual([
      409,
      "idempotency_key_reused",
    ]);
  });

  test.each([
    ["to where it is", { from_location: "Engine room", to_location: " Engine room " }, 400, "same_location"],
    [
      "of more than is there",
      { from_location: "Bosun's locker", to_location: "Deck" },
      409,
      "insufficient_stock",
    ],
    ["from where nothing is", { from_location: "Attic", to_location: "Deck" }, 409, "insufficient_stock"],
    ["without a place", { from_location: "Engine room" }, 400, "invalid_payload"],
    [
      "of nothing",
      { from_location: "Engine room", to_location: "Deck", quantity: 0 },
      400,
      "invalid_payload",
    ],
  ])("%s is refused, and leaves no trace", async (_, payload, status, code) => {
    const before = await rows("select count(*) from part_lens.pms_inventory_stock");
    const refused = await transfer({ quantity: 3.5, ...payload });
    expect(outcome(refused)).toEqual([status, code]);
    expect(await rows("select count(*) from part_lens.pms_inventory_stock")).toEqual(before);
  });

  test("of more than is there says what is: that place's stock, not the part's", async () => {
    const places = { from_location: "Bosun's locker", to_location: "Deck" };
    expect((await transfer({ ...places, quantity: 4 })).body).toMatchObject({ available: 3, requested: 4 });
  });

  test("of a foreign part is not found, not even to the same place's check of the part", async () => {
    const foreign = { part_id: api.postgres.partIds.borealis["P-1"] };
    const places = { from_location: "Engine room", to_location: "Deck" };
    expect(outcome(await transfer({ ...foreign, ...places }))).toEqual([404, "part_not_found"]);
  });

  test("in both directions at once never deadlocks, and every outcome adds up", async () => {
    const [a, b] = ["Engine room", "Bosun's locker"];
    const before = await rows("select count(*)::int as rows from part_lens.pms_inventory_transactions");
    const wanted = Array.from({ length: 40 }, (_, index) => {
      const places = index % 2 ? { from_location: a, to_location: b } : { from_location: b, to_location: a };
      // Twenty times that is there at either place, whichever direction comes first.
      return transfer({ ...places, quantity: 0.1 }, `crossing-${index}`);
    });
    const answers = (await Promise.all(wanted)).map(outcome);
    expect(answers).toEqual(Array(40).fill([200, "success"]));
    const after = await rows("select count(*)::int as rows from part_lens.pms_inventory_transactions");
    expect(after[0].rows - before[0].rows).toBe(2 * answers.length);
    const view = await api.execute("/v2", captain, "view_part_details", { part_id: part() });
    expect(view.body.part).toMatchObject({ on_hand: 10 });
  });

  test("to a new place, by many at once, makes that place once", async () => {
    const places = { from_location: "Engine room", to_location: "Crew mess", quantity: 0.5 };
    const answers = await Promise.all(Array.from({ length: 8 }, () => transfer(places)));
    expect(answers.map(outcome)).toEqual(Array(8).fill([200, "success"]));
    const made = await rows(
      "select quantity::float from part_lens.pms_inventory_stock where location = 'Crew mess' and part_id = $1",
      [part()],
    );
    expect(made).toEqual([{ quantity: 4 }]);
  });
});

describe("a write-off", () => {
  const writeOff = (quantity: number, signature: object, key?: string) =>
    api.execute(
      "/v2",
      captain,
      "write_off_part",
      { part_id: part(), quantity, reason: "flooded", signature },
      key,
    );

  test("is signed: the audit row holds the evidence, and neither PIN nor code", async () => {
    const signature = await sign();
    const answered = await writeOff(2, signature, "flood-1");
    expect(successSchema("write_off_part", v2Results.write_off_part).parse(answered.body)).toMatchObject({
      quantity_written_off: 2,
      new_stock_level: 8,
      is_signed: true,
    });
    const entry = await audit(answered.body.execution_id);
    expect(entry).toMatchObject({
      action: "write_off_part",
      new_values: { on_hand: 8, reason: "flooded" },
      signature: { verified: true, method: "pin+totp", role: "captain" },
    });
    const written = JSON.stringify(entry);
    for (const secret of [signature.pin, `"${signature.totp}"`]) expect(written).not.toContain(secret);

    const again = await writeOff(2, signature, "flood-1");
    expect(outcome(again)).toEqual([409, "duplicate_idempotency_key"]);
    expect(again.body.result).toMatchObject({ is_signed: true, quantity_written_off: 2 });
  });

  test("of more than is on hand is refused after the signature, with what there is", async () => {
    expect((await writeOff(100, await sign())).body).toMatchObject({
      code: "insufficient_stock",
      available: 8,
      requested: 100,
    });
    expect(outcome(await writeOff(100, { pin: "0000", totp: "000000" }))).toEqual([
      403,
      "signature_rejected",
    ]);
  });

  test("without a signature is refused before everything else, and counted", async () => {
    const answered = await api.execute("/v2", ["aurora", "crew"], "write_off_part", { part_id: "x" });
    expect(outcome(answered)).toEqual([400, "signature_required"]);
    expect(api.metric(answered.headers.get("x-request-id") ?? "")).toMatchObject({ UnsignedAttempts: 1 });
  });

  test("that reached the database without evidence would be refused there", async () => {
    const client = await api.postgres.client("part_lens_api", api.postgres.tenants.alpha);
    const scope = {
      user_id: userId(...captain),
      yacht_id: yachts.aurora,
      role: "captain",
      version: "v2",
      request_id: "unsigned",
    };
    const call = client.query("select part_lens.v2_write_off_part($1, $2)", [
      JSON.stringify(scope),
      JSON.stringify({ part_id: part(), quantity: 1, reason: "x" }),
    ]);
    await expect(call).rejects.toMatchObject({ code: "PL007" });
    await client.end();
  });

  test("an adjustment that is repeated is told that it was signed, as the first answer was", async () => {
    const payload = { part_id: part(), new_quantity: 6, reason: "count", signature: await sign() };
    const first = await api.execute("/v2", captain, "adjust_stock_quantity", payload, "signed-twice");
    const again = await api.execute("/v2", captain, "adjust_stock_quantity", payload, "signed-twice");
    expect(first.body.is_signed).toBe(true);
    const { status: _, action: __, ...fields } = first.body;
    expect(again.body.result).toEqual(fields);
  });
});

describe("the shopping list", () => {
  const add = (key: "P-1" | "P-2" | "P-4", payload: object = {}) =>
    api.execute("/v2", ["aurora", "steward"], "add_to_shopping_list", {
      part_id: api.postgres.partIds.aurora[key],
      ...payload,
    });

  test.each([
    ["the suggested order of what is short", "P-2", {}, { quantity_requested: 4, urgency: "normal" }],
    [
      "what was asked for",
      "P-2",
      { quantity_requested: 7, urgency: "high" },
      { quantity_requested: 7, urgency: "high" },
    ],
    ["one pack of what is not short", "P-1", {}, { quantity_requested: 6, suggested_order_qty: 0 }],
  ] as const)("gets %s", async (_, key, payload, expected) => {
    const added = await add(key, payload);
    expect(
      successSchema("add_to_shopping_list", v2Results.add_to_shopping_list).parse(added.body),
    ).toMatchObject(expected);
    const found = await rows(
      "select quantity_requested::float, urgency, requested_by from part_lens.pms_shopping_list_items where id = $1",
      [added.body.shopping_list_item_id],
    );
    expect(found).toEqual([
      {
        quantity_requested: expected.quantity_requested,
        urgency: added.body.urgency,
        requested_by: userId("aurora", "steward"),
      },
    ]);
    expect(await audit(added.body.execution_id)).toMatchObject({
      action: "add_to_shopping_list",
      signature: {},
    });
  });

  test("takes no urgency that there is not", async () => {
    expect(outcome(await add("P-2", { urgency: "asap" }))).toEqual([400, "invalid_payload"]);
  });
});

describe("v1 and the lens", () => {
  const v1 = (role: "deckhand" | "bosun" | "crew", verb: string, fields: object) =>
    api.ask(`/v1/parts/${api.postgres.partIds.calypso["P-1"]}/${verb}`, {
      as: ["calypso", role],
      body: { yacht_id: yachts.calypso, ...fields },
    });

  test("v1 transfers by its own route, for the same roles", async () => {
    const places = { quantity: 4, from_location: "Engine room", to_location: "Deck" };
    expect(outcome(await v1("deckhand", "transfer", places))).toEqual([403, "role_not_allowed"]);
    const moved = await v1("bosun", "transfer", places);
    expect(successSchema("transfer_part", v1Results.transfer_part).parse(moved.body)).toMatchObject({
      from_level: 6,
      to_level: 4,
    });
    expect(outcome(await v1("bosun", "transfer", { ...places, to_location: "Engine room" }))).toEqual([
      400,
      "same_location",
    ]);
  });

  test("v1 writes off unsigned, and no evidence is made up", async () => {
    const answered = await v1("crew", "write-off", { quantity: 1, reason: "dropped overboard" });
    expect(successSchema("write_off_part", v1Results.write_off_part).parse(answered.body)).toMatchObject({
      quantity_written_off: 1,
      new_stock_level: 9,
    });
    expect(outcome(await v1("crew", "write-off", { quantity: 99 }))).toEqual([409, "insufficient_stock"]);
    const beta = await api.postgres.client("part_lens_auditor", api.postgres.tenants.beta);
    const query =
      "select version, signature, new_values from part_lens.pms_audit_log where execution_id = $1";
    const { rows: found } = await beta.query(query, [answered.body.execution_id]);
    expect(found[0]).toMatchObject({
      version: "v1",
      signature: {},
      new_values: { reason: "dropped overboard" },
    });
  });

  test("the lens maps both to v1 when it is off, and drops a signature unread", async () => {
    api.setFlags({ cohort: [] });
    const signature = { pin: "918273", totp: "918273" };
    const payload = { part_id: part(), quantity: 1, reason: "leak", signature };
    const written = await api.execute("", ["aurora", "crew"], "write_off_part", payload);
    expect([...outcome(written), written.headers.get("x-part-lens-version")]).toEqual([200, "success", "v1"]);
    const places = { from_location: "Lazarette", to_location: "Bosun's locker" };
    const moved = await api.execute("", captain, "transfer_part", {
      part_id: api.postgres.partIds.aurora["P-3"],
      quantity: 0.5,
      ...places,
    });
    expect([...outcome(moved), moved.headers.get("x-part-lens-version")]).toEqual([200, "success", "v1"]);
  });

  test.each(["add_to_shopping_list", "generate_part_labels", "request_label_output"])(
    "v1 has no %s: the lens says so",
    async (action) => {
      api.setFlags({ cohort: [] });
      const answered = await api.execute("", captain, action, { part_id: part() });
      expect(outcome(answered)).toEqual([404, "action_not_available"]);
    },
  );
});

test("after all that the ledger, the cache, the keys and the audit chain hold together", async () => {
  for (const tenant of ["alpha", "beta"] as const) {
    const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants[tenant]);
    expect(await integrityBreaks(auditor)).toEqual([]);
  }
});
