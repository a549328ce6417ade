/** That no role of the program is left without a run; also where there is no emulator. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ofType, plannedEnvironment } from "../support/planned-environment.ts";
import { roleRuns } from "./role-runs.ts";

test("every role of dev and prod is run with in a test, or listed with the reason why not", async () => {
  const names = new Set<string>();
  for (const environment of ["dev", "prod"] as const)
    for (const { name } of ofType(await plannedEnvironment(environment), "aws:iam/role:Role"))
      names.add(name);
  expect(names.size).toBeGreaterThan(20);
  expect(Object.keys(roleRuns).sort()).toEqual([...names].sort());
});

test("the tests that the roles are run in are there", () => {
  for (const [role, run] of Object.entries(roleRuns)) {
    if ("not" in run) continue;
    const text = readFileSync(new URL(run.in, import.meta.url), "utf8");
    expect([role, text.includes(`"${run.test}`)]).toEqual([role, true]);
  }
});
