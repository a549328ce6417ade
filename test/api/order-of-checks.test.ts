import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Role, userId, type YachtName, yachts } from "../support/fleet.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
let part: string;
let foreignPart: string;

beforeAll(async () => {
  api = await startApi();
  api.setFlags({ cohort: ["aurora", "calypso"] });
  part = api.postgres.partIds.aurora["P-1"];
  foreignPart = api.postgres.partIds.borealis["P-1"];
});
afterAll(() => api.stop());

const signature = { pin: "0000", totp: "000000" };

interface Case {
  readonly title: string;
  readonly as?: readonly [YachtName, Role];
  readonly yacht?: string;
  readonly action?: string;
  readonly payload?: () => unknown;
  readonly key?: string;
  readonly answer: readonly [number, string];
}

const captain = ["aurora", "captain"] as const;
const crew = ["aurora", "crew"] as const;
const adjust = "adjust_stock_quantity";

// Each case is wrong in every later check too: what is answered is the first that fails.
const cases: readonly Case[] = [
  { title: "no token comes first", payload: () => ({}), answer: [401, "unauthenticated"] },
  {
    title: "a yacht id that is none is malformed",
    as: captain,
    yacht: "aurora",
    answer: [400, "invalid_request"],
  },
  {
    title: "a stranger learns nothing about the payload",
    as: ["calypso", "captain"],
    action: adjust,
    payload: () => ({ nonsense: 1 }),
    answer: [403, "not_a_member"],
  },
  {
    title: "a yacht there is not is like a yacht of others",
    as: captain,
    yacht: randomUUID(),
    answer: [403, "not_a_member"],
  },
  {
    title: "v2 answers no yacht whose lens is off, whatever was asked",
    as: ["borealis", "captain"],
    yacht: yachts.borealis,
    action: "no_such_action",
    answer: [409, "version_not_enabled"],
  },
  {
    title: "an action there is not",
    as: crew,
    action: "no_such_action",
    answer: [404, "action_not_available"],
  },
  {
    title: "an action named like a method of every object",
    as: crew,
    action: "constructor",
    answer: [404, "action_not_available"],
  },
  {
    title: "a missing signature comes before everything else in the payload, and before the role",
    as: crew,
    action: adjust,
    payload: () => ({ part_id: "x" }),
    answer: [400, "signature_required"],
  },
  {
    title: "a signature of another shape",
    as: crew,
    action: adjust,
    payload: () => ({
      part_id: part,
      new_quantity: 1,
      reason: "count",
      signature: { pin: 1234, totp: "12" },
    }),
    answer: [400, "signature_malformed"],
  },
  {
    title: "the payload comes before the role",
    as: crew,
    action: adjust,
    payload: () => ({ part_id: part, new_quantity: -1, reason: "count", signature }),
    answer: [400, "invalid_payload"],
  },
  {
    title: "the role comes before the signature is verified",
    as: crew,
    action: adjust,
    payload: () => ({ part_id: part, new_quantity: 1, reason: "count", signature }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "not every head of department may adjust in v2",
    as: ["aurora", "purser"],
    action: adjust,
    payload: () => ({ part_id: part, new_quantity: 1, reason: "count", signature }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "the role comes before the key",
    as: crew,
    action: "receive_part",
    payload: () => ({ part_id: part, quantity_received: 1 }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "the key comes before the business rule",
    as: captain,
    action: "receive_part",
    payload: () => ({ part_id: foreignPart, quantity_received: 1 }),
    answer: [400, "idempotency_key_required"],
  },
  {
    title: "the signature comes before the business rule",
    as: captain,
    action: adjust,
    payload: () => ({ part_id: foreignPart, new_quantity: 1, reason: "count", signature }),
    answer: [403, "signature_rejected"],
  },
  {
    title: "a part of the neighbour in the same database is not found",
    as: captain,
    action: "receive_part",
    payload: () => ({ part_id: foreignPart, quantity_received: 1 }),
    key: "order-1",
    answer: [404, "part_not_found"],
  },
  {
    title: "a place that is missing comes before the role",
    as: crew,
    action: "transfer_part",
    payload: () => ({ part_id: part, quantity: 1, from_location: "Engine room" }),
    answer: [400, "invalid_payload"],
  },
  {
    title: "the role comes before the same place",
    as: crew,
    action: "transfer_part",
    payload: () => ({ part_id: part, quantity: 1, from_location: "Deck", to_location: "Deck" }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "the same place comes before the part",
    as: captain,
    action: "transfer_part",
    payload: () => ({ part_id: foreignPart, quantity: 1, from_location: "Deck", to_location: "Deck" }),
    answer: [400, "same_location"],
  },
  {
    title: "a missing signature of a write-off comes before its payload, whoever asks",
    as: crew,
    action: "write_off_part",
    payload: () => ({ quantity: -1 }),
    answer: [400, "signature_required"],
  },
  {
    title: "the signature of a write-off comes before what is on hand, for any member",
    as: crew,
    action: "write_off_part",
    payload: () => ({ part_id: part, quantity: 999, reason: "lost", signature }),
    answer: [403, "signature_rejected"],
  },
  {
    title: "the shopping list's payload comes before the role",
    as: crew,
    action: "add_to_shopping_list",
    payload: () => ({ part_id: part, quantity_requested: 0 }),
    answer: [400, "invalid_payload"],
  },
  {
    title: "the role comes before the part that is put on the shopping list",
    as: crew,
    action: "add_to_shopping_list",
    payload: () => ({ part_id: foreignPart }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "the labels' role comes before their parts",
    as: ["aurora", "purser"],
    action: "generate_part_labels",
    payload: () => ({ part_ids: [foreignPart] }),
    answer: [403, "role_not_allowed"],
  },
  {
    title: "no label is made of a neighbour's part",
    as: captain,
    action: "generate_part_labels",
    payload: () => ({ part_ids: [part, foreignPart] }),
    answer: [404, "part_not_found"],
  },
  {
    title: "a foreign document comes before how it is to be put out",
    as: captain,
    action: "request_label_output",
    payload: () => ({ document_id: foreignPart, output: "print" }),
    answer: [403, "object_forbidden"],
  },
  {
    title: "more than is on hand",
    as: captain,
    action: "consume_part",
    payload: () => ({ part_id: part, quantity: 10.5 }),
    answer: [409, "insufficient_stock"],
  },
];

function asked({ as, yacht, action = "view_part_details", payload, key }: Case): Promise<Answered> {
  const context = { yacht_id: yacht ?? yachts.aurora };
  const body = { action, context, payload: payload?.() ?? {}, idempotency_key: key };
  return api.ask("/v2/actions/execute", { body, ...(as && { as }) });
}

test.each(cases)("order of checks: $title ($answer.0)", async (each) => {
  const answered = await asked(each);
  expect([answered.status, answered.body.code]).toEqual(each.answer);
  expect(answered.body.message).toEqual(expect.any(String));
  expect(answered.body.request_id).toBe(answered.headers.get("x-request-id"));
});

test("what is missing is told to who may know it: what is on hand and what was asked", async () => {
  const { body } = await asked(cases.at(-1)!);
  expect(body).toMatchObject({ available: 10, requested: 10.5 });
});

test("a malformed request names its fields and never repeats their values", async () => {
  const secretive = {
    part_id: part,
    new_quantity: "3141592653589",
    reason: "",
    signature,
    extra: "2718281828459",
  };
  const { text, body } = await api.execute("/v2", captain, adjust, secretive);
  expect(body.issues).toContainEqual(expect.objectContaining({ field: "new_quantity" }));
  expect(JSON.stringify(body.issues)).toContain("extra");
  for (const value of ["3141592653589", "2718281828459"]) expect(text).not.toContain(value);
});

const good = () => ({
  action: "view_low_stock",
  context: { yacht_id: yachts.aurora },
  payload: {},
});
const malformed: readonly (readonly [string, () => unknown, Record<string, string>, number, string])[] = [
  ["text that is no JSON", () => "{", {}, 400, "malformed_body"],
  ["nothing", () => "", {}, 400, "malformed_body"],
  ["a list", () => [], {}, 400, "malformed_body"],
  ["null", () => "null", {}, 400, "malformed_body"],
  ["an unknown field", () => ({ ...good(), admin: true }), {}, 400, "invalid_request"],
  [
    "a field that means the prototype",
    () => JSON.stringify(good()).replace("{", '{"__proto__":{"a":1},'),
    {},
    400,
    "invalid_request",
  ],
  ["no context", () => ({ ...good(), context: null }), {}, 400, "invalid_request"],
  ["a payload that is a list", () => ({ ...good(), payload: [] }), {}, 400, "invalid_request"],
  [
    "a key of 200 characters",
    () => ({ ...good(), idempotency_key: "k".repeat(200) }),
    {},
    400,
    "invalid_request",
  ],
  ["an action that is a number", () => ({ ...good(), action: 7 }), {}, 400, "invalid_request"],
  [
    "a threshold that is text",
    () => ({ ...good(), payload: { threshold_percent: "50" } }),
    {},
    400,
    "invalid_payload",
  ],
  [
    "text that PostgreSQL cannot store",
    () => ({ ...good(), payload: { department: "a\0b" } }),
    {},
    400,
    "invalid_payload",
  ],
  ["half a character", () => ({ ...good(), payload: { department: "\ud800" } }), {}, 400, "invalid_payload"],
  [
    "a form",
    () => "a=1",
    { "content-type": "application/x-www-form-urlencoded" },
    415,
    "unsupported_media_type",
  ],
  [
    "64 KB and more",
    () => ({ ...good(), payload: { department: "x".repeat(70_000) } }),
    {},
    413,
    "body_too_large",
  ],
];

test.each(malformed)("%s is answered with a 4xx of the catalogue", async (_, body, headers, status, code) => {
  const answered = await api.ask("/v2/actions/execute", { as: captain, body: body(), headers });
  expect([answered.status, answered.body.code]).toEqual([status, code]);
});

test.each([
  ["a part id that is none", "/v1/parts/oil-filter", 400],
  ["an unknown query field", "/v1/parts/low-stock", 400],
])("a read with %s is malformed", async (_, path, status) => {
  const query = `yacht_id=${yachts.aurora}${path.endsWith("low-stock") ? "&order=1" : ""}`;
  expect((await api.ask(`${path}?${query}`, { as: captain })).status).toBe(status);
});

test.each([0, -1, 1.0005, 1e12, "1", null])("a quantity of %s is refused", async (quantity) => {
  const payload = { part_id: part, quantity };
  const answered = await api.execute("/v2", captain, "consume_part", payload);
  expect([answered.status, answered.body.code]).toEqual([400, "invalid_payload"]);
});

test("a route there is not is a 404 with a request id", async () => {
  const { status, body } = await api.ask("/v3/parts", { headers: { "x-request-id": "kept-request-id" } });
  expect(status).toBe(404);
  expect(body).toMatchObject({ code: "route_not_found", request_id: "kept-request-id" });
});

test.each([
  ["Bearer", "not-a-token"],
  ["Bearer", ""],
  ["Basic", "YTpi"],
])("an authorization of %s %s is refused with a challenge", async (scheme, value) => {
  const headers = { authorization: `${scheme} ${value}` };
  const answered = await api.ask(`/parts/low-stock?yacht_id=${yachts.aurora}`, { headers });
  expect(answered.status).toBe(401);
  expect(answered.headers.get("www-authenticate")).toBe("Bearer");
});

test("the token's user is who acts: a member of one yacht is a stranger on the others", async () => {
  const answers = (["aurora", "borealis", "calypso"] as const).map(async (yacht) => {
    const answered = await api.ask(`/v1/parts/low-stock?yacht_id=${yachts[yacht]}`, {
      as: userId("aurora", "manager"),
    });
    return answered.status;
  });
  expect(await Promise.all(answers)).toEqual([200, 403, 403]);
});
