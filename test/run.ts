/** `npm test`: lint, types, then every test; the last line reads `N passed, N failed`, skipped ones counted. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

interface Assertion {
  readonly status: "passed" | "failed" | "pending" | "skipped" | "todo" | "disabled";
  readonly fullName: string;
}

interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const resultFile = ".part-lens/test/results.json";

/** Runs a tool of node_modules with this very Node and shows what it prints. */
function tool(path: string, args: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, [`node_modules/${path}`, ...args], { stdio: "inherit" });
  return status === 0;
}

function check(count: Count, title: string, passed: boolean): void {
  count[passed ? "passed" : "failed"] += 1;
  process.stdout.write(`${passed ? "✓" : "✗"} ${title}\n`);
}

/** Adds up what vitest wrote; a file that failed to load counts as one failure. */
function addResults(count: Count, results: Results): void {
  for (const file of results.testResults) {
    if (file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed")) {
      count.failed += 1;
    }
    for (const test of file.assertionResults) {
      if (test.status === "passed") count.passed += 1;
      else if (test.status === "failed") count.failed += 1;
      else {
        count.skipped += 1;
        process.stdout.write(`skipped: ${test.fullName}\n`);
      }
    }
  }
}

function runTests(count: Count, args: readonly string[]): void {
  mkdirSync(".part-lens/test", { recursive: true });
  rmSync(resultFile, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${resultFile}`];
  const passed = tool("vitest/vitest.mjs", ["run", ...reporters, ...args]);
  if (existsSync(resultFile)) addResults(count, JSON.parse(readFileSync(resultFile, "utf8")) as Results);
  // Vitest also fails on what belongs to no test, such as an unhandled rejection.
  if (!passed && count.failed === 0) count.failed += 1;
}

const filters = process.argv.slice(2);
const count: Count = { passed: 0, failed: 0, skipped: 0 };
if (filters.length === 0) {
  check(count, "lint and format", tool("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]));
  check(count, "types", tool("typescript/bin/tsc", ["--noEmit", "-p", "."]));
}
runTests(count, filters);
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
// A part that this machine cannot run at all is skipped, not failed; a run of nothing is a failure.
process.exitCode = count.failed === 0 && count.passed + count.skipped > 0 ? 0 : 1;
