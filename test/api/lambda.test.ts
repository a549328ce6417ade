import { readFileSync } from "node:fs";
import type { LambdaContext, LambdaEvent } from "hono/aws-lambda";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { userId, yachts } from "../support/fleet.ts";
import { patience } from "../support/patience.ts";
import { startApi, type TestApi } from "./harness.ts";

type Entry = typeof import("../../api/lambda.ts");

interface Result {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

let api: TestApi;
let lambda: Entry;
const written: string[] = [];

beforeAll(async () => {
  api = await startApi();
  for (const [name, value] of Object.entries(api.variables)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(...String(text).split(/(?<=\n)/));
    return true;
  });
  lambda = await import("../../api/lambda.ts");
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await lambda.close();
  await api.stop();
});

/** An event as the HTTP API sent it (payload format 2.0), with another caller, yacht and body. */
async function event(changes: { query?: string; body?: object; path?: string }): Promise<LambdaEvent> {
  const recorded = JSON.parse(readFileSync(new URL("http-api-event.json", import.meta.url), "utf8"));
  recorded.headers.authorization = `Bearer ${await api.token(userId("aurora", "captain"))}`;
  recorded.rawPath = recorded.requestContext.http.path = changes.path ?? recorded.rawPath;
  recorded.rawQueryString = changes.query ?? "";
  if (changes.body) {
    recorded.body = Buffer.from(JSON.stringify(changes.body)).toString("base64");
    recorded.isBase64Encoded = true;
    recorded.headers["content-length"] = String(JSON.stringify(changes.body).length);
  } else {
    recorded.requestContext.http.method = "GET";
    delete recorded.body;
  }
  return recorded;
}

const functionArn = "arn:aws:lambda:eu-west-1:000000000000:function:part-lens-test-api";
const handled = async (asked: LambdaEvent, alias = "live") => {
  const context = { invokedFunctionArn: `${functionArn}:${alias}` } as LambdaContext;
  return (await lambda.handler(asked, context)) as unknown as Result;
};

test("an event of the HTTP API is answered as one, with a metric line for each version on stdout", async () => {
  const asked = await event({
    body: { action: "view_low_stock", context: { yacht_id: yachts.aurora }, payload: {} },
  });
  const result = await handled(asked);
  expect(result.statusCode).toBe(200);
  expect(result.headers["x-part-lens-version"]).toBe("v1");
  expect(JSON.parse(result.body)).toMatchObject({ status: "success", action: "view_low_stock" });
  const lines = written.filter((line) => line.includes(result.headers["x-request-id"] ?? "none"));
  expect(lines.map((line) => JSON.parse(line).Version)).toEqual(["v1", "v2"]);
  for (const line of lines) expect(line).toMatch(/^\{.*\}\n$/);
});

test("a query string is read, and an error keeps its headers", async () => {
  const found = await handled(await event({ path: "/parts/low-stock", query: `yacht_id=${yachts.aurora}` }));
  expect(found.statusCode).toBe(200);
  const refused = await handled(
    await event({ path: "/parts/low-stock", query: `yacht_id=${yachts.calypso}` }),
  );
  expect(refused.statusCode).toBe(403);
  expect(refused.headers["content-type"]).toContain("application/json");
});

test("health is liveness; v1's health reads MASTER and every tenant, and says percent and cap", async () => {
  api.setFlags({ stage: "ramp-20", cohort: ["aurora"] });
  const alive = await handled(await event({ path: "/health" }));
  expect(JSON.parse(alive.body)).toEqual({ status: "ok" });
  const healthy = await handled(await event({ path: "/v1/health" }));
  expect(JSON.parse(healthy.body)).toEqual({
    status: "ok",
    version: "v1",
    tenants: 2,
    percent: 20,
    cap: 100,
    pinned: false,
  });
});

test("through the alias v1only v1 answers whatever the flags say, and its health says so beside the flags", async () => {
  api.setFlags({ stage: "full-100", cohort: ["aurora"] });
  const context = { yacht_id: yachts.aurora };
  const asked = () => event({ body: { action: "view_low_stock", context, payload: {} } });
  const versions: unknown[] = [];
  for (const alias of ["live", "v1only", "live"]) {
    const { statusCode, headers } = await handled(await asked(), alias);
    versions.push([statusCode, headers["x-part-lens-version"], headers["x-part-lens-stage"]]);
  }
  expect(versions).toEqual([
    [200, "v2", "full-100"],
    [200, "v1", "full-100"],
    [200, "v2", "full-100"],
  ]);
  const healthy = await handled(await event({ path: "/v1/health" }), "v1only");
  expect(JSON.parse(healthy.body)).toMatchObject({ percent: 100, cap: 100, pinned: true });
});

test("through the alias v1only a v2 route is refused with 409, and a v1 route answers", async () => {
  api.setFlags({ stage: "full-100", cohort: ["aurora"] });
  const query = `yacht_id=${yachts.aurora}`;
  const refused = await handled(await event({ path: "/v2/parts/low-stock", query }), "v1only");
  expect([refused.statusCode, JSON.parse(refused.body).code]).toEqual([409, "version_not_enabled"]);
  const answered = await handled(await event({ path: "/v1/parts/low-stock", query }), "v1only");
  expect(answered.statusCode).toBe(200);
});

test("v1's health is a 503 while any tenant is down, counted for v1, and liveness is not", async () => {
  const admin = await api.postgres.client("postgres");
  const { database } = api.postgres.tenants.beta;
  await admin.query(`alter database ${database} with allow_connections false`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [database]);
  const [alive, ill] = [
    await handled(await event({ path: "/health" })),
    await handled(await event({ path: "/v1/health" })),
  ];
  await admin.query(`alter database ${database} with allow_connections true`);
  expect([alive.statusCode, ill.statusCode]).toEqual([200, 503]);
  const line = written.find((text) => text.includes(ill.headers["x-request-id"] ?? "none"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({ Version: "v1", Unavailable: 1, ServerErrors: 0 });
});

test("closing waits for what is in flight and then closes the connections", async () => {
  const admin = await api.postgres.client("postgres");
  const asked = await event({ path: "/parts/low-stock", query: `yacht_id=${yachts.aurora}` });
  const running = handled(asked);
  await lambda.close();
  expect((await running).statusCode).toBe(200);
  const open = async () => {
    const query = "select count(*)::int as open from pg_stat_activity where usename = 'part_lens_api'";
    return (await admin.query(query)).rows[0].open;
  };
  await vi.waitFor(async () => expect(await open()).toBe(0), patience);
});
