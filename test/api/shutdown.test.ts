/** The bundle that goes to Lambda, in the local runtime's child, told to end while it is answering. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { bundle } from "../../infra/api/bundle.ts";
import { freePort } from "../../infra/local/services/free-port.ts";
import { FunctionRuntime } from "../../infra/local/services/function-runtime.ts";
import { userId, yachts } from "../support/fleet.ts";
import { http } from "../support/function-fixture.ts";
import { patience } from "../support/patience.ts";
import { startApi, type TestApi } from "./harness.ts";

const sayPid = `data:text/javascript,console.log("pid "+process.pid)`;
const directory = mkdtempSync(join(tmpdir(), "part-lens-shutdown-"));
let api: TestApi;
let superuser: pg.Client;
/** Outside every transaction: inside one, the list of sessions stands still. */
let watcher: pg.Client;
let bundleDirectory: string;
let runtime: FunctionRuntime;
let port: number;
const pids: number[] = [];

beforeAll(async () => {
  api = await startApi();
  superuser = await api.postgres.client("postgres", api.postgres.tenants.alpha);
  watcher = await api.postgres.client("postgres", api.postgres.tenants.alpha);
  bundleDirectory = String(await (await bundle("api")).archive.path);
});
afterAll(async () => {
  await api.stop();
  rmSync(directory, { recursive: true, force: true });
});

const define = (codeVersion: string) => {
  const environment = { ...api.variables, CODE_VERSION: codeVersion };
  const more = { handler: "index.handler", timeoutSeconds: 300, memory: 256 };
  return runtime.define("api", { bundleDirectory, environment, ...more });
};

beforeEach(async () => {
  pids.length = 0;
  runtime = new FunctionRuntime({
    directory: mkdtempSync(join(directory, "runtime-")),
    region: "eu-west-1",
    injected: {},
    preload: () => [sayPid],
    onLine: (_, line) => line.startsWith("pid ") && pids.push(Number(line.slice(4))),
  });
  const { version } = await define("first");
  await runtime.setAlias("api", "live", version);
  port = await freePort();
  await runtime.serve("api", "live", port);
});
afterEach(async () => {
  await superuser.query("rollback");
  await runtime.close();
});

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A consumption, sent and waiting for a stock row, which `rollback` gives free. */
async function consumption() {
  await superuser.query("begin");
  const part_id = api.postgres.partIds.aurora["P-1"];
  await superuser.query("select from part_lens.pms_inventory_stock where part_id = $1 for update", [part_id]);
  const token = await api.token(userId("aurora", "captain"));
  const answer = http(port, `/v1/parts/${part_id}/consume`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ yacht_id: yachts.aurora, quantity: 1 }),
  });
  const waiting = `select from pg_stat_activity
    where usename = 'part_lens_api' and wait_event_type = 'Lock' and datname = current_database()`;
  await vi.waitFor(async () => expect((await watcher.query(waiting)).rowCount).toBe(1), patience);
  // An object: a promise returned as it is would be waited for.
  return { answer };
}

const apiSessions = async () =>
  (await watcher.query("select from pg_stat_activity where usename = 'part_lens_api'")).rowCount;

test("a terminated function finishes what it is answering, closes its connections and ends", async () => {
  const { answer } = await consumption();
  process.kill(pids[0]!, "SIGTERM");
  await superuser.query("rollback");
  const { status, text } = await answer;
  expect(text).toContain('"status":"success"');
  expect(status).toBe(200);
  await vi.waitFor(async () => expect(await apiSessions()).toBe(0), patience);
});

test("a version that is replaced finishes what it is answering, and its process ends", async () => {
  const { answer } = await consumption();
  const { version } = await define("second");
  await runtime.setAlias("api", "live", version);
  const health = await http(port, "/health");
  expect([health.status, health.headers["x-part-lens-code"]]).toEqual([200, "second"]);
  await superuser.query("rollback");
  expect([(await answer).status, (await answer).headers["x-part-lens-code"]]).toEqual([200, "first"]);
  await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, true]), patience);
});
