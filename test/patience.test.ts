import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import config from "../vitest.config.ts";

const limit = config.test?.testTimeout ?? 0;
const limited = new Set(["it", "test", "describe", "beforeAll", "beforeEach", "afterAll", "afterEach"]);
const files = (readdirSync("test", { recursive: true }) as string[])
  .filter((path) => path.endsWith(".ts"))
  .map((path) => join("test", path));

/** What waits for a second only, unless it is told how long. */
const waiting = new Set(["vi.waitFor", "vi.waitUntil", "expect.poll"]);

/** What a call is of: `test` for `test.each(cases)("…", …)`, `vi.waitFor` for `vi.waitFor(…)`. */
function calleeOf({ expression }: ts.CallExpression): string {
  const text = expression.getText();
  return waiting.has(text) ? text : (/^\w+/.exec(text)?.[0] ?? "");
}

/** Numbers that a call of the runner is given as its time limit, in either place. */
function limitsIn(call: ts.CallExpression): number[] {
  const given = call.arguments.flatMap((argument) =>
    ts.isObjectLiteralExpression(argument)
      ? argument.properties.flatMap((property) =>
          ts.isPropertyAssignment(property) && property.name.getText() === "timeout"
            ? [property.initializer]
            : [],
        )
      : [argument],
  );
  return given.flatMap((value) =>
    ts.isNumericLiteral(value) ? [Number(value.text.replaceAll("_", ""))] : [],
  );
}

/** The places of a file where a test is given less time than a slow machine may take. */
function hurried(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isCallExpression(node)) {
      const callee = calleeOf(node);
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (waiting.has(callee) && node.arguments.length < 2) found.push(`${path}:${line} waits one second`);
      if (limited.has(callee) && limitsIn(node).some((given) => given < limit))
        found.push(`${path}:${line} has a limit of its own`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

it("no test is given less time than a slow machine may take: what must come is waited for with patience.ts", () => {
  expect(files.flatMap((path) => hurried(path, readFileSync(path, "utf8")))).toEqual([]);
});

it.each([
  "await vi.waitFor(() => expect(1).toBe(1));",
  "await expect.poll(() => 1).toBe(1);",
  'test("x", async () => {}, 60_000);',
  'it("x", { timeout: 60_000 }, async () => {});',
  'describe("x", { timeout: 5000 }, () => {});',
  'it.each([1])("x", async () => {}, 5000);',
  "beforeAll(async () => {}, 60_000);",
])("that would be noticed: %s", (text) => {
  expect(hurried("x.ts", text)).toHaveLength(1);
});
