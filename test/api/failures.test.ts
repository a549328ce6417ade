import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Action } from "../../api/action.ts";
import { createApp } from "../../api/app.ts";
import { v2Actions } from "../../api/v2/actions/catalogue.ts";
import { counterKeys, metrics } from "../../monitoring/metrics.ts";
import { userId, yachts } from "../support/fleet.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
const handlers = Object.entries(v2Actions).map(([name, action]) => [name, action.handler] as const);

beforeAll(async () => {
  api = await startApi();
  api.setFlags({ stage: "ramp-50", cohort: ["aurora"] });
});
afterEach(() => {
  vi.useRealTimers();
  for (const [name, handler] of handlers) v2Actions[name]!.handler = handler;
});
afterAll(() => api.stop());

const captain = ["aurora", "captain"] as const;
const view = () =>
  api.execute("", captain, "view_part_details", { part_id: api.postgres.partIds.aurora["P-1"] });
const metricOf = (answered: Answered) => api.metric(answered.headers.get("x-request-id") ?? "");
const replace = (handler: Action["handler"]) => {
  v2Actions.view_part_details!.handler = handler;
};

const counters = (expected: Record<string, number>) =>
  Object.fromEntries(counterKeys.map((key) => [metrics[key].name, expected[key] ?? 0]));

test("a request is a line with every counter and what produced it, and one of zeros for the other version", async () => {
  const before = api.lines.length;
  const line = metricOf(await view());
  expect(api.lines.length).toBe(before + 2);
  const zeros = JSON.parse(api.lines.at(-1) ?? "{}");
  expect(zeros).toMatchObject({ ...counters({}), Version: "v1", requestId: line?.requestId });
  expect(zeros).not.toHaveProperty("Latency");
  expect(line).toMatchObject({
    ...counters({ requests: 1 }),
    Version: "v2",
    action: "view_part_details",
    tenant: "alpha",
    yacht: yachts.aurora,
    codeVersion: "code-under-test",
    stage: "ramp-50",
    status: 200,
    _aws: { CloudWatchMetrics: [{ Namespace: "PartLens/local", Dimensions: [["Version"]] }] },
  });
  expect(line?.Latency).toEqual(expect.any(Number));
});

test("what reached no version is no line: strangers, bad tokens, v2 asked for a yacht that is off", async () => {
  const before = api.lines.length;
  const path = `/v2/parts/low-stock?yacht_id=${yachts.borealis}`;
  const statuses = [
    (await api.ask(path)).status,
    (await api.ask(path, { as: captain })).status,
    (await api.ask(path, { as: ["borealis", "captain"] })).status,
    (await api.ask("/health")).status,
  ];
  expect(statuses).toEqual([401, 403, 409, 200]);
  expect(api.lines.length).toBe(before);
});

test("a business answer is no error", async () => {
  const payload = { part_id: api.postgres.partIds.borealis["P-1"] };
  const answered = await api.execute("", captain, "view_part_details", payload);
  expect(answered.status).toBe(404);
  expect(metricOf(answered)).toMatchObject(counters({ requests: 1 }));
});

test("a handler that fails is a 500 without its reason, which the line has", async () => {
  replace(async () => {
    throw new TypeError("the shelf is missing");
  });
  const answered = await view();
  expect([answered.status, answered.body.code]).toEqual([500, "internal_error"]);
  expect(answered.text).not.toContain("shelf");
  expect(metricOf(answered)).toMatchObject({ ...counters({ requests: 1, serverErrors: 1 }), Version: "v2" });
  expect(metricOf(answered)?.failure).toContain("the shelf is missing");
});

test("v1 is not touched by what fails in v2", async () => {
  replace(async () => {
    throw new Error("v2");
  });
  const part = api.postgres.partIds.aurora["P-1"];
  const answered = await api.ask(`/v1/parts/${part}?yacht_id=${yachts.aurora}`, { as: captain });
  expect(answered.status).toBe(200);
  expect(metricOf(answered)).toMatchObject({ ...counters({ requests: 1 }), Version: "v1" });
});

test("an answer with a row of another yacht is withheld and counted as one leak", async () => {
  replace(async (context, payload) => ({
    ...(await context.call("v2_view_part_details", payload)),
    related: [{ yacht_id: yachts.borealis, name: "a neighbour's part" }],
  }));
  const answered = await view();
  expect([answered.status, answered.body.code]).toEqual([403, "scope_violation"]);
  expect(answered.text).not.toContain("neighbour");
  expect(metricOf(answered)).toMatchObject(counters({ requests: 1, rlsLeak: 1 }));
});

test("so is an error whose details hold one", async () => {
  const result = { result: { yacht_id: yachts.borealis, name: "a neighbour's part" } };
  replace(async () => {
    const duplicate = { code: "PL004", detail: JSON.stringify(result.result) };
    throw Object.assign(new Error("duplicate_idempotency_key"), duplicate);
  });
  const answered = await view();
  expect([answered.status, answered.body.code]).toEqual([403, "scope_violation"]);
  expect(answered.text).not.toContain("neighbour");
  expect(metricOf(answered)).toMatchObject(counters({ requests: 1, rlsLeak: 1 }));
});

test("a refusal by the database after our own checks is a 403 and counted", async () => {
  const owner = await api.postgres.client("part_lens_migrator", api.postgres.tenants.alpha);
  const privilege = "on function part_lens.v2_view_part_details(jsonb, jsonb)";
  await owner.query(`set role part_lens_owner; revoke execute ${privilege} from part_lens_api, public`);
  const answered = await view();
  await owner.query(`grant execute ${privilege} to part_lens_api`);
  expect([answered.status, answered.body.code]).toEqual([403, "access_refused"]);
  expect(metricOf(answered)).toMatchObject(counters({ requests: 1, rlsRefused: 1 }));
  expect((await view()).status).toBe(200);
});

test("a signed action that was executed without evidence is counted, whoever lost it", async () => {
  const member = ["aurora", "chief_engineer"] as const;
  const sign = await api.enrol(userId(...member));
  v2Actions.adjust_stock_quantity!.handler = (context, payload) => context.call("v1_adjust", payload);
  const part_id = api.postgres.partIds.aurora["P-3"];
  const payload = { part_id, new_quantity: 3, reason: "count", signature: sign() };
  const answered = await api.execute("", member, "adjust_stock_quantity", payload);
  expect(answered.status).toBe(200);
  expect(metricOf(answered)).toMatchObject(counters({ requests: 1, unsignedExecutions: 1 }));
});

test("a handler that is slower than the deadline is a 504, counted as a timeout, and does not act afterwards", async () => {
  const part_id = api.postgres.partIds.aurora["P-4"];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let acted: Promise<unknown> | undefined;
  const deadlineMilliseconds = 50;
  v2Actions.receive_part!.handler = (context, payload) => {
    acted = released.then(() => context.call("v2_receive_part", payload));
    // However long the request was on its way here, its deadline passes now.
    vi.advanceTimersByTime(deadlineMilliseconds);
    return acted as Promise<object>;
  };
  const app = createApp({ ...api.dependencies, deadlineMilliseconds });
  const body = {
    action: "receive_part",
    context: { yacht_id: yachts.aurora },
    payload: { part_id, quantity_received: 1 },
    idempotency_key: "too-late",
  };
  const authorization = `Bearer ${await api.token(userId(...captain))}`;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const answered = await app.request("/v2/actions/execute", {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  vi.useRealTimers();
  expect(answered.status).toBe(504);
  const line = api.metric(answered.headers.get("x-request-id") ?? "");
  expect(line).toMatchObject(counters({ requests: 1, timeouts: 1 }));
  release();
  await expect(acted).rejects.toMatchObject({ code: "deadline_exceeded" });
});

test("a tenant that is down is a 503 for its yachts alone, and answers again without a restart", async () => {
  const { alpha, beta } = api.postgres.tenants;
  const admin = await api.postgres.client("postgres");
  const offline = (on: boolean) =>
    admin.query(`alter database ${alpha.database} with allow_connections ${!on}`);
  const cut = () =>
    admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
      alpha.database,
    ]);
  await offline(true);
  await cut();
  const down = await view();
  const other = await api.ask(`/parts/low-stock?yacht_id=${yachts.calypso}`, { as: ["calypso", "captain"] });
  await offline(false);
  expect([down.status, down.body.code]).toEqual([503, "dependency_unavailable"]);
  expect(Number(down.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(metricOf(down)).toMatchObject(counters({ requests: 1, unavailable: 1 }));
  expect(other.status, beta.database).toBe(200);
  expect((await view()).status).toBe(200);
});

test("MASTER out of reach is a 503, counted for the version that would have answered", async () => {
  const unreachable = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const app = createApp({ ...api.dependencies, route: () => Promise.reject(unreachable) });
  const authorization = `Bearer ${await api.token(userId(...captain))}`;
  const answered = await app.request(`/parts/low-stock?yacht_id=${yachts.aurora}`, {
    headers: { authorization },
  });
  expect(answered.status).toBe(503);
  const line = api.metric(answered.headers.get("x-request-id") ?? "");
  expect(line).toMatchObject({ ...counters({ requests: 1, unavailable: 1 }), Version: "v2" });
});
