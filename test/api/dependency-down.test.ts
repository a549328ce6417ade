import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createApp } from "../../api/app.ts";
import { createMaster } from "../../api/database/master.ts";
import { createPools } from "../../api/database/pools.ts";
import { createRouter } from "../../api/database/router.ts";
import { type Role, userId, type YachtName, yachts } from "../support/fleet.ts";
import { patience } from "../support/patience.ts";
import { type Answered, startApi, type TestApi } from "./harness.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  api.setFlags({ cohort: ["aurora", "calypso"] });
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => api.stop());

/** The database refuses connections, and those that there were are cut, while the task runs. */
async function whileDown<Result>(database: string, task: () => Promise<Result>): Promise<Result> {
  const superuser = await api.postgres.client("postgres");
  await superuser.query(`alter database ${database} with allow_connections false`);
  await superuser.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
    database,
  ]);
  // They are told to end, and end when they are given the processor.
  await vi.waitFor(async () => {
    const { rowCount } = await superuser.query("select from pg_stat_activity where datname = $1", [database]);
    expect(rowCount).toBe(0);
  }, patience);
  try {
    return await task();
  } finally {
    await superuser.query(`alter database ${database} with allow_connections true`);
  }
}

const seen = ({ status, body, headers }: Answered) => ({
  status,
  code: body.code ?? body.status,
  retryAfter: Number(headers.get("retry-after")) > 0,
  requestId: status === 200 || body.request_id === headers.get("x-request-id"),
});
const up = { status: 200, code: "success", retryAfter: false, requestId: true };
const down = { status: 503, code: "dependency_unavailable", retryAfter: true, requestId: true };

/** Reads and writes by v1, v2 and the lens. */
function requests(yacht: YachtName, key: string): Promise<Answered>[] {
  const as = [yacht, "captain" satisfies Role] as const;
  const part_id = api.postgres.partIds[yacht]["P-3"];
  const low = `parts/low-stock?yacht_id=${yachts[yacht]}`;
  const payload = { part_id, quantity_received: 1 };
  return [
    api.ask(`/v1/${low}`, { as }),
    api.ask(`/v2/${low}`, { as }),
    api.ask(`/${low}`, { as }),
    api.ask(`/v1/parts/${part_id}/receive`, { as, body: { yacht_id: yachts[yacht], quantity: 1 } }),
    api.execute("/v2", as, "receive_part", payload, `${key}-v2`),
    api.execute("", as, "receive_part", payload, `${key}-lens`),
  ];
}

test("while one tenant is down, all its requests are told to come back, and no other tenant's", async () => {
  await Promise.all(requests("aurora", "warm"));
  const { database } = api.postgres.tenants.alpha;
  for (const round of [1, 2, 3]) {
    const [ill, well] = await whileDown(database, async () => {
      const answers = [...requests("aurora", `down-${round}`), ...requests("calypso", `other-${round}`)];
      const all = (await Promise.all(answers)).map(seen);
      return [all.slice(0, 6), all.slice(6)];
    });
    expect(ill).toEqual(Array(6).fill(down));
    expect(well).toEqual(Array(6).fill(up));
    // The same keys, later: what was refused had not happened.
    expect((await Promise.all(requests("aurora", `down-${round}`))).map(seen)).toEqual(Array(6).fill(up));
  }
});

test("while MASTER is down, who was routed just now still is, for five seconds; others are told to come back", async () => {
  let now = Date.now();
  const { master: target } = api.postgres;
  const pools = createPools({ max: 2 });
  const route = createRouter(createMaster(pools, target), { now: () => now });
  const app = createApp({ ...api.dependencies, route });
  const statusFor = async (role: Role) => {
    const authorization = `Bearer ${await api.token(userId("aurora", role))}`;
    const answer = await app.request(`/parts/low-stock?yacht_id=${yachts.aurora}`, {
      headers: { authorization },
    });
    return [answer.status, Number(answer.headers.get("retry-after")) > 0];
  };
  expect(await statusFor("bosun")).toEqual([200, false]);
  await whileDown(target.database, async () => {
    now += 4_900;
    expect(await statusFor("bosun")).toEqual([200, false]);
    expect(await statusFor("captain")).toEqual([503, true]);
    now += 200;
    expect(await statusFor("bosun")).toEqual([503, true]);
  });
  expect(await statusFor("bosun")).toEqual([200, false]);
  expect(await statusFor("captain")).toEqual([200, false]);
  await pools.end();
});

test("while MASTER is down no signed action is executed, and afterwards the same request is", async () => {
  // The code is still good when the database is back, however long that takes.
  vi.useFakeTimers({ toFake: ["Date"] });
  const member = ["calypso", "manager"] as const;
  const sign = await api.enrol(userId(...member));
  const part_id = api.postgres.partIds.calypso["P-1"];
  const payload = { part_id, new_quantity: 3, reason: "count", signature: sign() };
  const send = () => api.execute("/v2", member, "adjust_stock_quantity", payload, "signed-while-down");
  expect((await api.ask(`/v2/parts/low-stock?yacht_id=${yachts.calypso}`, { as: member })).status).toBe(200);
  expect(seen(await whileDown(api.postgres.master.database, send))).toEqual(down);
  expect((await send()).body).toMatchObject({ old_quantity: 10, new_quantity: 3, is_signed: true });
});
