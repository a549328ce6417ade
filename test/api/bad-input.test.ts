/** Whatever is sent, to any route, by anybody: an answer of the catalogue with a request id, and never a 5xx. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../api/app.ts";
import { errors } from "../../api/errors.ts";
import { v2Actions } from "../../api/v2/actions/catalogue.ts";
import { userId, yachts } from "../support/fleet.ts";
import { emptyStore } from "./empty-store.ts";
import { startApi, type TestApi } from "./harness.ts";

const { BAD_INPUT_RUNS = "100" } = process.env;
const numRuns = Number(BAD_INPUT_RUNS);

let api: TestApi;
let app: ReturnType<typeof createApp>;
let token: string;
/** The codes that came back, so that it is known how deep the requests went. */
const codes = new Set<string>();

beforeAll(async () => {
  api = await startApi({}, { store: emptyStore });
  api.setFlags({ cohort: ["aurora"] });
  app = createApp(api.dependencies);
  token = await api.token(userId("aurora", "captain"));
});
afterAll(() => api.stop());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

async function answerOf({ method, path, headers, body }: Sent) {
  const answer = await app.request(path, { method, headers, ...(body !== undefined && { body }) });
  const text = await answer.text();
  return { status: answer.status, requestId: answer.headers.get("x-request-id"), text };
}

async function expectAnswered(sent: Sent): Promise<void> {
  const { status, requestId, text } = await answerOf(sent);
  const shown = `${JSON.stringify(sent)} → ${status} ${text} ${status >= 500 ? api.lines.slice(-2) : ""}`;
  expect(status, shown).toBeLessThan(500);
  expect(requestId, shown).toMatch(/^[A-Za-z0-9-]{8,64}$/);
  const body = text.startsWith("{") ? JSON.parse(text) : {};
  codes.add(body.code ?? body.status);
  if (status < 400) return;
  expect(Object.keys(errors), shown).toContain(body.code);
  expect(body.request_id, shown).toBe(requestId);
}

const hostileTexts = [
  "",
  " ",
  "\0",
  "\ud800",
  "%",
  "%00",
  "%E0%A4%A",
  "../../etc/passwd",
  "'; drop table part_lens.pms_parts; --",
  "__proto__",
  "constructor",
  "NaN",
  "1e400",
  "-0",
  "\u202e\u0000\uffff",
  "a".repeat(300),
];

const hostile = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ maxLength: 40, unit: "binary" }),
  fc.double(),
  fc.integer(),
  fc.constantFrom(null, true, [], {}, [[]], 1e308, -1, 0, 1.0005, 2 ** 60),
  fc.jsonValue({ maxDepth: 3 }),
  fc.uuid(),
);

/** The right object with at most one field too few, wrong, or too many: the rest of it is what gets deep. */
const nearly = (right: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> => {
  const names = Object.keys(right);
  const without = (dropped: string) =>
    Object.fromEntries(Object.entries(right).filter(([name]) => name !== dropped));
  return fc.oneof(
    fc.constant({ ...right }),
    fc.constantFrom(...names).map(without),
    fc.tuple(fc.constantFrom(...names), hostile).map(([name, value]) => ({ ...right, [name]: value })),
    fc
      .tuple(fc.oneof(fc.constant("__proto__"), fc.string({ maxLength: 8 })), hostile)
      .map(([name, value]) => ({ ...right, ...JSON.parse(JSON.stringify({ [name]: value })) })),
  );
};

/** What is right for some route or action. */
const rightPayloads = (): Readonly<Record<string, Readonly<Record<string, unknown>>>> => {
  const part_id = api.postgres.partIds.aurora["P-1"];
  const signature = { pin: "0000", totp: "000000" };
  const places = { from_location: "Engine room", to_location: "Lazarette" };
  return {
    view_part_details: { part_id },
    view_low_stock: { threshold_percent: 100, department: "Deck" },
    receive_part: { part_id, quantity_received: 1, location: "Engine room", notes: "n" },
    consume_part: { part_id, quantity: 1, work_order_id: "W", notes: "n" },
    transfer_part: { part_id, quantity: 1, ...places },
    add_to_shopping_list: { part_id, quantity_requested: 1, urgency: "high" },
    adjust_stock_quantity: { part_id, new_quantity: 5, reason: "count", signature },
    write_off_part: { part_id, quantity: 1, reason: "broken", signature },
    generate_part_labels: { part_ids: [part_id] },
    request_label_output: { document_id: part_id, output: "download" },
  };
};

/** Bodies of the plain routes. */
const plainBodies = () =>
  [
    { quantity: 1, notes: "n" },
    { quantity: 1, from_location: "Engine room", to_location: "Lazarette" },
    { new_quantity: 5, reason: "count" },
    {
      bucket: "pms-part-photos",
      part_id: api.postgres.partIds.aurora["P-1"],
      file_name: "a.png",
      size_bytes: 10,
      mime_type: "image/png",
      sha256: "a".repeat(64),
    },
    { pin: "739154" },
    { totp: "000000" },
  ] as const;

const envelope = ([action, right]: readonly [string, Readonly<Record<string, unknown>>]) =>
  fc
    .tuple(
      fc.oneof({ weight: 8, arbitrary: fc.constant(action) }, { weight: 1, arbitrary: hostile }),
      nearly(right),
      nearly({ yacht_id: yachts.aurora }),
      fc.oneof({ weight: 4, arbitrary: fc.uuid() }, { weight: 1, arbitrary: hostile }),
    )
    .map(([name, payload, context, idempotency_key]) =>
      JSON.stringify({ action: name, payload, context, idempotency_key }),
    );

const plain = (right: Readonly<Record<string, unknown>>) =>
  fc.oneof(
    nearly({ ...right, yacht_id: yachts.aurora }).map((body) => JSON.stringify(body)),
    nearly(right).map((body) => JSON.stringify(body)),
  );

const bodyText = () =>
  fc.oneof(
    { weight: 8, arbitrary: fc.oneof(...Object.entries(rightPayloads()).map(envelope)) },
    { weight: 8, arbitrary: fc.oneof(...plainBodies().map(plain)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 60, unit: "binary" }) },
    { weight: 1, arbitrary: fc.constantFrom("", "null", "[]", "{", '"', "1", "[".repeat(30_000), "{}") },
    { weight: 1, arbitrary: fc.constant(`{"a":"${"x".repeat(70_000)}"}`) },
  );

const headersFor = (authorized: boolean) =>
  fc.record({
    authorization: authorized
      ? fc.constant(`Bearer ${token}`)
      : fc.constantFrom("", "Bearer", "Bearer x.y.z", `Basic ${token}`, `Bearer ${token}x`, "Bearer ...."),
    "content-type": fc.constantFrom(
      ...Array(8).fill("application/json"),
      "application/json; charset=utf-8",
      "text/plain",
      "application/jsonx",
      "multipart/form-data",
    ),
    "x-request-id": fc.constantFrom("", "short", "kept-request-id", "x".repeat(200), "a b c d e f g"),
  });

const pathFor = (route: string) =>
  fc
    .tuple(
      fc.oneof(
        fc.constantFrom(...hostileTexts.filter((text) => text !== "")),
        fc.constantFrom(api.postgres.partIds.aurora["P-1"], api.postgres.partIds.borealis["P-1"]),
      ),
      fc.array(
        fc.tuple(
          fc.constantFrom("yacht_id", "threshold_percent", "department", "limit", "bucket", "x"),
          fc.constantFrom(...hostileTexts, yachts.aurora, "50"),
        ),
        { maxLength: 3 },
      ),
      fc.boolean(),
    )
    .map(([id, query, withYacht]) => {
      const path = route.replaceAll(/:\w+/g, () => encodeURIComponent(id.toWellFormed()));
      const pairs = [...(withYacht ? [["yacht_id", yachts.aurora]] : []), ...query];
      const text = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value!.toWellFormed())}`);
      return `${path}?${text.join("&")}`;
    });

/** Those with a handler of their own: the middleware's have every method and path. */
const routes = () =>
  app.routes.filter(({ path, method }) => method !== "ALL" && path !== "/*").map((route) => route);

describe("bad input", () => {
  test("of a stranger is a 401 on every route but health and the document", async () => {
    const open = new Set<string>();
    for (const { method, path } of routes()) {
      const status = (await answerOf({ method, path: path.replaceAll(/:\w+/g, "x"), headers: {} })).status;
      if (status !== 401) open.add(path);
    }
    expect([...open].filter((path) => !/health|openapi|docs/.test(path))).toEqual([]);
  });

  test.each([true, false])("is never a 5xx, on any route, with a token: %s", async (authorized) => {
    const places = [...new Map(routes().map((route) => [`${route.method} ${route.path}`, route])).values()];
    expect(places.length).toBeGreaterThan(12);
    for (const { method, path } of places) {
      const sent = fc.tuple(pathFor(path), headersFor(authorized), bodyText()).map(([to, headers, body]) => ({
        method,
        path: to,
        headers,
        ...(method !== "GET" && method !== "HEAD" && { body }),
      }));
      await fc.assert(
        fc.asyncProperty(sent, (each) => expectAnswered(each)),
        { numRuns },
      );
    }
  });

  test("is tried on every action", () => {
    expect(Object.keys(rightPayloads()).sort()).toEqual(Object.keys(v2Actions).sort());
  });

  test("went as deep as the actions themselves", () => {
    const certain = ["success", "invalid_payload", "invalid_request", "part_not_found", "unauthenticated"];
    expect([...codes]).toEqual(expect.arrayContaining(certain));
    // Which of the rarer ones come up is chance; that many do is not.
    expect(codes.size).toBeGreaterThanOrEqual(10);
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])(
    "by %s where it is no method is a 404",
    async (method) => {
      const { status, requestId } = await answerOf({ method, path: "/v2/actions/execute", headers: {} });
      expect([status, requestId]).toEqual([404, expect.any(String)]);
    },
  );

  test.each([
    "/%",
    "/v1/parts/%E0%A4%A?yacht_id=%",
    "/v1/parts/%00",
    "//v1//parts",
    "/v1/parts/../../x",
    "/?%=%",
  ])("in the path %s is answered", async (path) => {
    await expectAnswered({ method: "GET", path, headers: { authorization: `Bearer ${token}` } });
  });
});
