import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** A command imports much of the program: on a busy machine that takes its time. */
const patience = 600_000;

function run(script: string, ...args: readonly string[]) {
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
  return { status, stderr, stdout };
}

test.each([
  ["infra/update/rollout.ts", ["status", "--bogus"], "unknown option"],
  ["infra/update/rollout.ts", ["sign-off", "--name", "Ada"], "--role"],
  ["infra/update/rollout.ts", ["approve", "soon"], "Allowed choices are off, canary-5"],
  ["infra/update/incident.ts", ["nothing"], "unknown command"],
  ["infra/update/up.ts", ["--env", "nowhere"], "Allowed choices are local"],
  ["infra/local/rehearsal/rehearse.ts", ["--fault", "none", "--seeed"], "unknown option"],
])(
  "%s %j is wrong: 2, as what could not be done; 1 would be an answer",
  (script, args, said) => {
    const { status, stderr } = run(script, ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(stderr).not.toMatch(/^ +at /m);
  },
  patience,
);

test(
  "help is no error",
  () => {
    const { status, stdout } = run("infra/update/rollout.ts", "declare", "--help");
    expect([status, stdout]).toEqual([0, expect.stringContaining("production-ready")]);
  },
  patience,
);
