import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RehearsalProcess } from "../../support/rehearsal-process.ts";

const rehearsal = new RehearsalProcess();
afterAll(() => rehearsal.close());

const limit = 600_000;

test(
  "a rehearsal killed in the middle leaves nothing in the way of the next, which meets 5xx and rolls back by itself",
  async () => {
    const args = ["--fault", "errors", "--at", "canary-5", "--until", "rollback", "--json"];
    await rehearsal.killAt("v1 serves everything", args);
    const { code, output } = await rehearsal.run(args);
    expect(output).toContain("canary-5 refused: the rollout is locked");
    const summary = rehearsal.summary();
    expect(summary.problems).toEqual([]);
    expect(code).toBe(0);
    expect(summary.rollbacks).toEqual([
      expect.objectContaining({
        cause: expect.stringMatching(/^(serverErrors|errorRate)$/),
        toStage: "off",
        causeToCondition: expect.any(Number),
        conditionToDown: expect.any(Number),
        milliseconds: expect.any(Number),
      }),
    ]);
    expect(summary.rollbacks[0]?.conditionToDown).toBeLessThan(60);
    expect(summary.stages).toEqual([expect.objectContaining({ stage: "canary-5", verdict: "rolledBack" })]);
    expect(summary.ledger).toMatchObject({ mismatches: 0, lost: 0, unasked: 0 });
    expect(summary.ledger?.rows).toBeGreaterThan(100);
    expect(summary.notSimulated).toContainEqual(expect.stringMatching(/^aws:ec2\/vpc:Vpc /));
  },
  2 * limit,
);

test("it leaves a summary, a report and no secret in either", () => {
  const out = join(rehearsal.directory, "out");
  expect(existsSync(join(out, "report.html"))).toBe(true);
  const passwords = Object.values(
    JSON.parse(readFileSync(".part-lens/keys/database.passwords.json", "utf8")) as Record<string, string>,
  );
  const signerKey = readFileSync(".part-lens/keys/signer.key", "utf8");
  for (const name of ["summary.json", "report.html"]) {
    const text = readFileSync(join(out, name), "utf8");
    for (const secret of [...passwords, signerKey]) expect(text).not.toContain(secret);
  }
});

test.each([
  ["taken out of the table", { serverErrors: null, errorRate: null, serverErrorsFast: null }, "errors"],
  ["given nonsense for a threshold", { rlsLeak: 1_000_000 }, "rls-leak"],
] as const)(
  "with the alarms that the fault table expects %s (%o), the rehearsal fails",
  async (_, weaken, fault) => {
    const { code } = await rehearsal.run(
      ["--fault", fault, "--at", "canary-5", "--until", "rollback"],
      weaken,
    );
    expect(code).toBe(1);
    expect(rehearsal.summary().problems.join("\n")).toMatch(/missed|the cause is/);
  },
  limit,
);
