import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** With nothing set but the path to find things by. */
function jobs(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, ["monitoring/jobs-command.ts", ...args], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  return { status, stderr };
}

/** Each is a process of its own: on a busy machine that takes its time. */
const patience = 600_000;
const uuid = "a0000000-0000-4000-8000-000000000001";

test.each([["integrity"], ["reconcile"], ["sweep"]])(
  "%s without its variables ends 2, and names each that is not set",
  (job) => {
    const { status, stderr } = jobs(job);
    expect(status).toBe(2);
    for (const name of ["STACK_ENVIRONMENT", "MASTER_HOST", "MASTER_PORT", "MASTER_DATABASE"])
      expect(stderr).toContain(`${name} is not set`);
  },
  patience,
);

test.each([
  [["integrity", "--bogus"], "unknown option"],
  [["sweep", "--bogus"], "unknown option"],
  [["nothing"], "unknown command"],
  [["repair", "--yacht", "1", "--part", uuid, "--by", uuid, "--reason", "x"], "must be a UUID"],
  [["trends", "--group", "/log", "--day", "2026-02-30"], "--day 2026-02-30 is no date"],
])(
  "%j is no command line: it ends 2",
  (args, said) => {
    const { status, stderr } = jobs(...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
  },
  patience,
);
