import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { type codeRecord, parameterPath } from "../../../monitoring/rollout/projection.ts";
import type { LocalStack } from "../local-stack.ts";
import { servedCode } from "../served-code.ts";
import type { Fault } from "./fault.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** It stands where a bundle's own hash stands. */
const brokenHash = "broken";
const codeParameter = `${parameterPath("local")}code`;

/**
 * The flag is not enough: v1 lies in the same bundle and dies with it. Only the pin, which puts the last known-good
 * version back, lets the alarms go quiet. Source: domain.md, "Rolling back"; design.md, decision 5.
 */
export const badDeploy: Fault = {
  description: "a version of the code is deployed that ends its process at every request, v1's too",
  expected: atEveryStage(rollsBackBy(["functionErrors", "gatewayErrors"], bounds.fiveMinutes)),
  at: ["canary-5"],
  way: "pin",
  losesLines: true,
  notLeft: {
    v1: "it dies too, until the pin has put the last known-good version back, which may be after the proof",
    stamps: "what runs is asked of v1, which dies too",
  },
  host: {
    async apply(stack) {
      rememberAsGood(stack);
      await stack.deployCode(brokenCopy(stack), brokenHash);
    },
    clear: putBack,
  },
};

/** What serves until now has passed full-100 in a rollout before this one. */
function rememberAsGood(stack: LocalStack): void {
  const live = servedCode(stack);
  if (!live) throw new Error("no code is behind the alias live");
  const record: z.infer<typeof codeRecord> = {
    live: live.version,
    lastKnownGood: live.version,
    hash: live.hash,
    stamps: [live],
    held: false,
    actor: "rehearsal",
    at: new Date().toISOString(),
  };
  stack.aws.parameters.put({
    name: codeParameter,
    value: JSON.stringify(record),
    type: "String",
    overwrite: true,
  });
}

/** The oldest version is the one that the stack was stood up with. */
async function putBack(stack: LocalStack): Promise<void> {
  if (stack.codeVersion("live")?.hash === brokenHash) await stack.pointCode(1);
}

/** The bundle that serves, with another handler in its place. */
function brokenCopy(stack: LocalStack): string {
  const directory = join(stack.directory, "broken-code");
  rmSync(directory, { recursive: true, force: true });
  cpSync(stack.codeDirectory("live"), directory, { recursive: true });
  const file = join(directory, "index.mjs");
  const source = readFileSync(file, "utf8");
  const broken = source.replace(/\bhandler\n\};\s*$/, "dying as handler\n};\n");
  if (broken === source) throw new Error("the bundle does not end with its handler's export");
  writeFileSync(file, `${broken}\nfunction dying() {\n  process.exit(1);\n}\n`);
  return directory;
}
