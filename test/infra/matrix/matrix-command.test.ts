import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "part-lens-matrix-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const limit = 600_000;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The matrix as a user starts it; what needs no API only, so that it is short. `weaken`: see weaken-alarms.ts. */
function matrix(args: readonly string[], weaken: Record<string, number> = {}): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", "./test/support/weaken-alarms.ts", "infra/local/rehearsal/rehearse.ts"],
      ...["--matrix", "--state", directory, ...args],
    ],
    { env: { ...process.env, PART_LENS_WEAKEN: JSON.stringify(weaken), NODE_OPTIONS: "" } },
  );
  const ended = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    ended.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    ended.stderr += chunk.toString();
  });
  return new Promise((done) => child.on("close", (code) => done({ code, ...ended })));
}

it(
  "prints a line for each scenario with both times, and ends with 0 when none is missed",
  async () => {
    const { code, stdout } = await matrix(["--only", "throttled,healthy", "--at", "canary-5"]);
    expect(stdout).toMatch(/^ok +throttled +canary-5 +functionThrottles +\d+ s +\d+ s +[\d.]+ s/m);
    expect(stdout).toMatch(/^ok +healthy +canary-5 +pass +– +– /m);
    expect(stdout).toContain("2 of 2 as expected");
    expect(code).toBe(0);
  },
  limit,
);

it(
  "with --json prints nothing else on standard output, and reports a weak alarm as missed, with exit code 1",
  async () => {
    const args = ["--only", "throttled", "--at", "canary-5", "--json"];
    const { code, stdout, stderr } = await matrix(args, { functionThrottles: 1_000_000 });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(directory, "matrix.json"), "utf8")));
    expect(JSON.parse(stdout)).toMatchObject({ missed: 1, scenarios: [{ fault: "throttled", ok: false }] });
    expect(stderr).toMatch(/^MISSED +throttled/m);
    expect(code).toBe(1);
  },
  limit,
);

it(
  "refuses a fault that it does not know, and names those there are",
  async () => {
    const { code, stderr } = await matrix(["--only", "nonsense"]);
    expect(stderr).toMatch(/no fault "nonsense"; there are errors, /);
    expect(stderr).not.toContain("    at ");
    expect(code).not.toBe(0);
  },
  limit,
);
