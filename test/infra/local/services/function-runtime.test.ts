import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FunctionFixture, until } from "../../../support/function-fixture.ts";

let fixture: FunctionFixture;

beforeEach(() => {
  fixture = new FunctionFixture();
});

afterEach(() => fixture.close());

describe("versions", () => {
  test("the same code and configuration are the same version, a change of either is the next", async () => {
    expect((await fixture.define("one")).version).toBe("1");
    expect((await fixture.define("one")).version).toBe("1");
    expect((await fixture.define("two")).version).toBe("2");
    expect((await fixture.define("two", { A: "b" })).version).toBe("3");
  });

  test("a published version keeps its code when the bundle is built again", async () => {
    await fixture.define("one");
    await fixture.define("two");
    const { payload } = await fixture.runtime.invoke("api", "1", {});
    expect(payload).toMatchObject({ label: "one" });
  });

  test("an alias names a version, and what does not exist is named", async () => {
    await fixture.define("one");
    await fixture.define("two");
    await fixture.runtime.setAlias("api", "live", "1");
    const { payload } = await fixture.runtime.invoke("api", "live", {});
    expect(payload).toMatchObject({ label: "one", arn: expect.stringMatching(/:function:api:live$/) });
    await expect(fixture.runtime.invoke("api", "v9", {})).rejects.toThrow(
      'function api has no version or alias "v9"',
    );
    await expect(fixture.runtime.invoke("other", undefined, {})).rejects.toThrow(
      "there is no function other",
    );
  });
});

describe("invoke", () => {
  test("runs the latest version with the variables of the program and the runtime, and no others", async () => {
    process.env.NOT_FOR_FUNCTIONS = "secret";
    await fixture.define("one", { STACK_ENVIRONMENT: "local" });
    const { payload, functionError } = await fixture.runtime.invoke("api", undefined, { hello: "there" });
    delete process.env.NOT_FOR_FUNCTIONS;
    expect(functionError).toBeUndefined();
    const { event, environment } = payload as { event: object; environment: Record<string, string> };
    expect(event).toEqual({ hello: "there" });
    expect(environment).toMatchObject({
      STACK_ENVIRONMENT: "local",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_REGION: "eu-central-1",
      AWS_LAMBDA_FUNCTION_NAME: "api",
      AWS_LAMBDA_FUNCTION_VERSION: "1",
    });
    const others = Object.keys(environment).filter(
      (name) => !/^(AWS_|STACK_|PATH$|TZ$|NODE_CHANNEL_)/.test(name),
    );
    expect(others).toEqual([]);
    expect(fixture.invocations).toEqual([{ name: "api", kind: "invoke", error: false }]);
  });

  test("a function that throws gives its error, and counts as one", async () => {
    await fixture.define("one");
    expect(await fixture.runtime.invoke("api", undefined, { fail: true })).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "TypeError", errorMessage: "broke" },
    });
    expect(fixture.invocations).toEqual([{ name: "api", kind: "invoke", error: true }]);
  });

  test("a function over its time is an error", async () => {
    await fixture.define("one");
    const { payload } = await fixture.runtime.invoke("api", undefined, { hang: true });
    expect(payload).toMatchObject({ errorMessage: "Task timed out after 1.00 seconds" });
  });

  test("a crash fails what was under way, is told, and the next invocation gets a new process", async () => {
    await fixture.define("one");
    const { functionError } = await fixture.runtime.invoke("api", undefined, { crash: true });
    expect(functionError).toBe("Unhandled");
    await until(() => fixture.crashes.length > 0);
    expect(fixture.crashes).toEqual(["api exit code 7"]);
    expect((await fixture.runtime.invoke("api", undefined, {})).payload).toMatchObject({ label: "one" });
  });

  test("a bundle that cannot be loaded is the function's error", async () => {
    const bundleDirectory = join(fixture.directory, "broken");
    mkdirSync(bundleDirectory);
    writeFileSync(join(bundleDirectory, "index.mjs"), "throw new Error('no start')");
    const more = { handler: "index.handler", environment: {}, timeoutSeconds: 1, memory: 128 };
    await fixture.runtime.define("broken", { bundleDirectory, ...more });
    const { payload, functionError } = await fixture.runtime.invoke("broken", undefined, {});
    expect(functionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorMessage: expect.stringContaining("no start") });
  });

  test("printed fixture.lines are handed on and logged, all of them by the time of a flush", async () => {
    await fixture.define("one");
    await fixture.runtime.invoke("api", undefined, { print: "first" });
    await fixture.runtime.flush();
    expect(fixture.lines).toEqual(['api {"printed":"first"}']);
    await fixture.runtime.close();
    expect(readFileSync(join(fixture.directory, "runtime/logs/api.jsonl"), "utf8")).toBe(
      '{"printed":"first"}\n',
    );
  });

  test("a message reaches the preloaded module, also in a process started after it", async () => {
    await fixture.define("one");
    await fixture.runtime.invoke("api", undefined, {});
    fixture.runtime.send("api", { fault: "errors" });
    const faultOf = async () =>
      ((await fixture.runtime.invoke("api", undefined, {})).payload as { fault: unknown }).fault;
    await until(async () => (await faultOf()) === "errors");
    await fixture.runtime.invoke("api", undefined, { crash: true });
    expect(await faultOf()).toBe("errors");
  });
});
