import { describe, expect, it } from "vitest";
import { type CheckReport, validate } from "./aws-check/check-tool.ts";
import { graphOfEveryStage, inAttempts, whyNot } from "./aws-check/run.ts";

const reason = whyNot();
if (reason) console.log(`aws-check skipped: ${reason}`);

describe.skipIf(reason !== undefined)("HashiCorp's AWS provider", () => {
  it.each(["dev", "prod"] as const)("finds no problem in %s at any stage", async (environment) => {
    const graph = await graphOfEveryStage(environment);
    const { exitCode, lines } = await validate(graph);
    expect(lines.filter((line) => !/^(note|not checked): /.test(line))).toEqual([
      expect.stringMatching(/^\d+ resources checked, 0 problems, \d+ not checked$/),
    ]);
    expect(exitCode).toBe(0);
    // Only what is not AWS's is left out.
    const unchecked = lines.filter((line) => line.startsWith("not checked: "));
    expect(unchecked.filter((line) => !line.startsWith("not checked: postgresql:"))).toEqual([]);
    expect(Number(lines.at(-1)?.split(" ")[0])).toBe(graph.resources.length - unchecked.length);
  });

  it("would find a log kept for a time that AWS does not have", async () => {
    const { resources } = await graphOfEveryStage("dev");
    const wrong = resources.map((resource) =>
      resource.type === "aws:cloudwatch/logGroup:LogGroup" && resource.name === "api"
        ? { ...resource, inputs: { ...(resource.inputs as object), retentionInDays: 8 } }
        : resource,
    );
    const { exitCode, lines } = await validate({ resources: wrong });
    expect(exitCode).toBe(1);
    expect(lines[0]).toMatch(/^aws:cloudwatch\/logGroup:LogGroup api retentionInDays: /);
  });
});

describe("dev in an emulator", () => {
  const conflict = {
    exitCode: 1,
    lines: ["Alias live: Alias already exists: live", "9 resources checked, 1 problems"],
  };
  const clean = { exitCode: 0, lines: ["9 resources checked, 0 problems"] };
  const other = { exitCode: 1, lines: ["Role api: no such policy", "9 resources checked, 1 problems"] };

  it.each([
    ["is made once when all is well", [clean], clean.lines],
    [
      "is begun again, and says so, when something seemed to be there",
      [conflict, clean],
      [note(), ...clean.lines],
    ],
    [
      "is begun a third time where the second met it, too",
      [conflict, conflict, clean],
      [note(), note(), ...clean.lines],
    ],
    [
      "is not well when it is there the third time, too",
      [conflict, conflict, conflict],
      [note(), note(), ...conflict.lines],
    ],
    ["is not begun again for another problem", [other], other.lines],
  ] satisfies [string, CheckReport[], string[]][])("%s", async (_title, answers, lines) => {
    const left = [...answers];
    const report = await inAttempts(async () => left.shift()!);
    expect(report).toEqual({ exitCode: answers.at(-1)?.exitCode, lines });
    expect(left).toEqual([]);
  });

  function note(): string {
    return `note: begun again in a new emulator, since the one before said: ${conflict.lines[0]}`;
  }
});
