import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../../infra/local/services/free-port.ts";
import { FunctionFixture, http, until } from "../../../support/function-fixture.ts";

let fixture: FunctionFixture;

beforeEach(() => {
  fixture = new FunctionFixture();
});

afterEach(() => fixture.close());

describe("serve", () => {
  test("turns a request into the gateway's event and the answer back", async () => {
    await fixture.define("one");
    const port = await freePort();
    await fixture.runtime.serve("api", "1", port, "abc123");
    const headers = { "content-type": "application/json", cookie: "x=1; y=2", "X-Thing": "z" };
    const answer = await http(port, "/v2/a%20b?x=1&x=2&y=", { body: '{"q":1}', headers });
    expect(answer).toMatchObject({
      status: 201,
      headers: { "x-label": "one", "set-cookie": ["a=1", "b=2"], "content-type": "application/json" },
    });
    expect(JSON.parse(answer.text).event).toMatchObject({
      version: "2.0",
      rawPath: "/v2/a b",
      rawQueryString: "x=1&x=2&y=",
      queryStringParameters: { x: "1,2", y: "" },
      cookies: ["x=1", "y=2"],
      headers: { "x-thing": "z" },
      body: '{"q":1}',
      isBase64Encoded: false,
      requestContext: { apiId: "abc123", http: { method: "POST", sourceIp: "127.0.0.1" } },
    });
    await fixture.runtime.flush();
    expect(fixture.invocations).toEqual([{ name: "api", kind: "http", status: 201, error: false }]);
  });

  test("a body that is no text comes as base64", async () => {
    await fixture.define("one");
    const port = await freePort();
    await fixture.runtime.serve("api", "1", port);
    const body = Buffer.from([0, 255, 1]);
    const { text } = await http(port, "/", { body, headers: { "content-type": "image/png" } });
    expect(JSON.parse(text).event).toMatchObject({ body: "AP8B", isBase64Encoded: true });
  });

  test("a function that throws is a 500 without an author", async () => {
    await fixture.define("one");
    const port = await freePort();
    await fixture.runtime.serve("api", "1", port);
    expect(await http(port, "/throw")).toMatchObject({
      status: 500,
      text: '{"message":"Internal Server Error"}',
    });
    await fixture.runtime.flush();
    expect(fixture.invocations).toEqual([{ name: "api", kind: "http", status: 500, error: true }]);
  });

  test("moving the alias under load loses no request, and afterwards only the new version answers", async () => {
    const { version: one } = await fixture.define("one");
    await fixture.runtime.setAlias("api", "live", one);
    const { version: two } = await fixture.define("two");
    const port = await freePort();
    await fixture.runtime.serve("api", "live", port);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const counts = { one: 0, two: 0, lost: 0 };
    let stopped = false;
    const load = async (options: { agent?: Agent }) => {
      while (!stopped) {
        const answer = await http(port, "/", options).catch(() => undefined);
        const label = String(answer?.headers["x-label"] ?? "lost") as keyof typeof counts;
        counts[label]++;
      }
    };
    const clients = [load({ agent }), load({ agent }), load({ agent }), load({}), load({})];
    for (let turn = 0; turn < 6; turn++) {
      const before = counts.one + counts.two;
      await until(() => counts.one + counts.two > before + 50);
      await fixture.runtime.setAlias("api", "live", turn % 2 === 0 ? two : one);
    }
    await fixture.runtime.setAlias("api", "live", two);
    const answers = await Promise.all([
      http(port, "/", { agent }),
      http(port, "/", { agent }),
      http(port, "/"),
    ]);
    stopped = true;
    await Promise.all(clients);
    agent.destroy();
    expect(counts.lost).toBe(0);
    expect(counts.one).toBeGreaterThan(50);
    expect(counts.two).toBeGreaterThan(50);
    expect(answers.map(({ headers }) => headers["x-label"])).toEqual(["two", "two", "two"]);
  });

  test("a version that nothing reaches any more ends once its connections are closed", async () => {
    const { version: one } = await fixture.define("one");
    await fixture.runtime.setAlias("api", "live", one);
    const port = await freePort();
    await fixture.runtime.serve("api", "live", port);
    await http(port, "/");
    const [old] = fixture.runtime.pids();
    const { version: two } = await fixture.define("two");
    await fixture.runtime.setAlias("api", "live", two);
    await until(() => !fixture.runtime.pids().includes(old ?? 0));
    expect((await http(port, "/")).headers["x-label"]).toBe("two");
  });

  test("after a crash the port is served again, and the crash counts as an error of the function", async () => {
    await fixture.define("one");
    const port = await freePort();
    await fixture.runtime.serve("api", "1", port);
    await expect(http(port, "/crash")).rejects.toThrow();
    await until(async () => (await http(port, "/").catch(() => undefined))?.status === 201);
    expect(fixture.crashes).toEqual(["api exit code 7"]);
    expect(fixture.invocations).toContainEqual({ name: "api", kind: "http", error: true, status: 500 });
  });

  test("what was served is served again by the next process, and close ends every child", async () => {
    await fixture.define("one");
    const port = await freePort();
    await fixture.runtime.serve("api", "1", port);
    const pids = fixture.runtime.pids();
    await fixture.runtime.close();
    expect(pids.length).toBe(1);
    expect(() => process.kill(pids[0] ?? 0, 0)).toThrow("ESRCH");
    await expect(http(port, "/")).rejects.toThrow("ECONNREFUSED");
    fixture.open();
    await fixture.runtime.resume();
    expect((await http(port, "/")).status).toBe(201);
  });

  test("no child outlives its parent, not even a killed one", async () => {
    await fixture.define("one");
    const module = new URL("../../../../infra/local/services/function-runtime.ts", import.meta.url).href;
    const port = await freePort();
    const code = `
      const { FunctionRuntime } = await import(${JSON.stringify(module)});
      const runtime = new FunctionRuntime({ directory: ${JSON.stringify(join(fixture.directory, "runtime"))}, region: "r", injected: {} });
      await runtime.serve("api", "1", ${port});
      console.log(runtime.pids()[0]);
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed] = (await once(parent.stdout, "data")) as [Buffer];
    const child = Number(printed.toString());
    expect((await http(port, "/")).status).toBe(201);
    parent.kill("SIGKILL");
    await until(() => !isRunning(child));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
