/** Every role × action, as domain.md's table says: 403 role_not_allowed for those it leaves out. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { v2Actions } from "../../../api/v2/actions/catalogue.ts";
import { type Role, roles, userId, yachts } from "../../support/fleet.ts";
import { type StorageApi, startStorageApi } from "../storage/storage-api.ts";

let storage: StorageApi;
beforeAll(async () => {
  storage = await startStorageApi();
});
afterAll(() => storage.stop());

const stockKeepers = [
  "deckhand",
  "bosun",
  "eto",
  "chief_officer",
  "chief_engineer",
  "captain",
  "manager",
] as const;
const labellers = ["chief_officer", "chief_engineer", "captain", "manager"] as const;

/** Source: domain.md, "Actions", written out by hand. */
const mayDo: Record<string, readonly Role[]> = {
  view_part_details: roles,
  view_low_stock: roles,
  receive_part: stockKeepers,
  consume_part: stockKeepers,
  transfer_part: ["bosun", "eto", "chief_officer", "chief_engineer", "captain", "manager"],
  add_to_shopping_list: [...stockKeepers, "steward", "purser"],
  adjust_stock_quantity: ["chief_engineer", "captain", "manager"],
  write_off_part: roles,
  generate_part_labels: labellers,
  request_label_output: labellers,
};

const part = () => storage.api.postgres.partIds.aurora["P-3"];
let document = "";
const payloads: Record<string, () => object> = {
  view_part_details: () => ({ part_id: part() }),
  view_low_stock: () => ({}),
  receive_part: () => ({ part_id: part(), quantity_received: 5 }),
  consume_part: () => ({ part_id: part(), quantity: 0.5 }),
  transfer_part: () => ({ part_id: part(), quantity: 0.5, from_location: "Lazarette", to_location: "Bilge" }),
  add_to_shopping_list: () => ({ part_id: part() }),
  adjust_stock_quantity: () => ({ part_id: part(), new_quantity: 30, reason: "count" }),
  write_off_part: () => ({ part_id: part(), quantity: 0.5, reason: "broken" }),
  generate_part_labels: () => ({ part_ids: [part()] }),
  request_label_output: () => ({ document_id: document, output: "download" }),
};

test("the table has all ten actions, and the catalogue no other", () => {
  expect(Object.keys(v2Actions)).toEqual(Object.keys(mayDo));
  expect(Object.keys(mayDo)).toHaveLength(10);
});

describe.each(Object.keys(mayDo))("%s", (action) => {
  beforeAll(async () => {
    if (document) return;
    const made = await storage.api.execute("/v2", ["aurora", "captain"], "generate_part_labels", {
      part_ids: [part()],
    });
    document = String(made.body.document_id);
  });

  test.each(roles)("by %s", async (role) => {
    const member = ["aurora", role] as const;
    const allowed = mayDo[action]!.includes(role);
    const isSigned = v2Actions[action]!.kind === "signed";
    // Two signed actions by one user: a code is good once, so the second takes the next one.
    const step = action === "write_off_part" ? 1 : 0;
    const signature = isSigned && (await storage.api.enrol(userId(...member)))(step);
    const payload = { ...payloads[action]!(), ...(signature && { signature }) };
    const answered = await storage.api.execute("/v2", member, action, payload, `${action}-${role}`);
    const expected = allowed ? [200, "success"] : [403, "role_not_allowed"];
    expect([answered.status, answered.body.code ?? answered.body.status]).toEqual(expected);
  });
});

test("nobody of another yacht may do any of it", async () => {
  const refused = Object.keys(mayDo).map(async (action) => {
    const { status, body } = await storage.api.ask("/v2/actions/execute", {
      as: ["calypso", "manager"],
      body: {
        action,
        context: { yacht_id: yachts.aurora },
        payload: payloads[action]!(),
        idempotency_key: "k",
      },
    });
    return [status, body.code];
  });
  for (const answer of await Promise.all(refused)) expect(answer).toEqual([403, "not_a_member"]);
});
