import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastTables, migrationHash } from "../../../api/database/sql-bundle.ts";
import { stageNames } from "../../../flags/plan.ts";
import { bundle } from "../../../infra/api/bundle.ts";
import { entryFolder } from "../../../monitoring/rollout/entry-folder.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { numberedEventLog } from "../../../monitoring/rollout/numbered-log.ts";
import { StackProcess } from "../../support/stack-process.ts";

const patience = 600_000;
const stack = new StackProcess();
const stamp = { at: "2026-01-01T00:00:00.000Z", actor: "ada" };
let url = "";
let hash = "";

/** The log of a rollout whose full-100 this very code has passed, as version 1 of a stack that starts. */
async function proven(): Promise<RolloutEvent[]> {
  hash = (await bundle("api")).hash;
  const code = { version: 1, hash, migrationHash: migrationHash(), tables: lastTables() };
  const climb = stageNames.slice(1).flatMap((stage): RolloutEvent[] => [
    { kind: "advanced", ...stamp, to: stage, cohort: [], code },
    { kind: "judged", ...stamp, stage, verdict: "pass", code },
  ]);
  const down: RolloutEvent = { kind: "rolledBack", ...stamp, to: "off", cause: "x", alsoFiring: [] };
  return [...climb, down, { kind: "acknowledged", ...stamp, reason: "for the next version" }];
}

const codeOf = async () => (await fetch(`${url}/v1/health`)).headers.get("x-part-lens-code");
const lastEvents = async () =>
  (await numberedEventLog(entryFolder(join(stack.directory, "state", "rollout-log"))).read()).slice(-2);

beforeAll(async () => {
  const log = numberedEventLog(entryFolder(join(stack.directory, "state", "rollout-log")));
  for (const event of await proven()) await log.append(event);
  url = await stack.up([], ["./test/support/deploy-on-signal.ts"]);
}, patience);
afterAll(() => stack.close(), patience);

describe("rollback --code", () => {
  it(
    "has nothing to put back while the last known-good version serves: the flag goes down all the same",
    async () => {
      const { code, stdout } = await stack.rollout("rollback", "--code", "--json");
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ to: "off", codeIsBack: false });
      expect(stdout).toContain(
        `the code stays: version 1 (${hash}) is the last known-good, and is live already`,
      );
      expect(await codeOf()).toBe(hash);
    },
    patience,
  );

  it(
    "puts the bundle that is known to be good back behind the alias, and says what it leaves",
    async () => {
      stack.signal("SIGUSR2");
      while (!stack.output.includes("other code is deployed"))
        await new Promise((next) => setTimeout(next, 20));
      expect(await codeOf()).toBe("other");
      const other = await stack.rollout("status", "--json");
      expect(JSON.parse(other.stdout).code).toEqual({
        live: { version: 2, hash: "other" },
        lastKnownGood: { version: 1, hash },
        held: false,
      });
      const { code, stdout } = await stack.rollout("rollback", "--code", "--reason", "it leaks", "--json");
      expect([code, await codeOf()]).toEqual([0, hash]);
      const { steps } = JSON.parse(stdout) as { steps: string[] };
      expect(steps.slice(-4)).toEqual([
        `both aliases are at version 1 (${hash})`,
        expect.stringMatching(/^code rolled back from version 2 \(other\) to version 1 /),
        "migrations: none since; it was built with the SQL that is applied",
        "the service layer declares codeVersion 1",
      ]);
      expect(await lastEvents()).toMatchObject([
        { kind: "rolledBack", cause: "it leaks" },
        {
          kind: "codeRolledBack",
          cause: "it leaks",
          from: { version: 2, hash: "other" },
          to: { version: 1, hash },
        },
      ]);
      expect(await codeOf()).toBe(hash);
      const { stdout: text } = await stack.rollout("status");
      expect(text).toContain(`code       version 1 (${hash}), the last known-good, held until acknowledged`);
    },
    patience,
  );
});
