import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../../api/app.ts";
import { startApi, type TestApi } from "./harness.ts";

const key = "aKeyThatApiGatewayMadeUp0123456789abcdef";
let api: TestApi;
let guarded: ReturnType<typeof createApp>;

beforeAll(async () => {
  api = await startApi({ ORIGIN_KEY_SHA256: createHash("sha256").update(key).digest("hex") });
  guarded = createApp(api.dependencies);
});
afterAll(() => api.stop());

const asked = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await guarded.request(path, { headers });
  return [answer.status, ((await answer.json()) as { code?: string }).code];
};

test("who comes by the public address is answered, as the key says that CloudFront adds", async () => {
  expect(await asked("/v1/health", { "x-part-lens-edge": key })).toEqual([200, undefined]);
  expect(await asked("/parts/low-stock", { "x-part-lens-edge": key })).toEqual([401, "unauthenticated"]);
});

test.each([
  ["no key", {}],
  ["another key", { "x-part-lens-edge": `${key}x` }],
  ["the hash in place of the key", { "x-part-lens-edge": createHash("sha256").update(key).digest("hex") }],
  ["an empty key", { "x-part-lens-edge": "" }],
])(
  "who goes round the firewall with %s is refused on every path, before any token is looked at",
  async (_, headers) => {
    for (const path of ["/v1/health", "/health", "/parts/low-stock", "/no/such/path"])
      expect(await asked(path, headers)).toEqual([403, "not_through_edge"]);
  },
);

test("an API without such a key asks for none", async () => {
  const open = createApp({ ...api.dependencies, originKeyHash: undefined });
  expect((await open.request("/v1/health")).status).toBe(200);
});
