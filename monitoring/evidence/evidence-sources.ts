import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { entryFolder } from "../rollout/entry-folder.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import { fileEventLog } from "../rollout/event-log.ts";
import { numberedEventLog } from "../rollout/numbered-log.ts";
import type { SuiteRecord } from "./acceptance.ts";
import { acceptanceFiles } from "./bundle.ts";
import type { Provenance } from "./manifest.ts";

/** What a bundle needs is not there, or is something else. The message says what to do. */
export class MissingEvidenceError extends Error {
  override readonly name = "MissingEvidenceError";
}

const stamps = z.array(z.string());
/** As far as the documents are rendered from it. */
const suiteRecord = z.looseObject({
  suite: z.string(),
  api: z.url(),
  passed: z.boolean(),
  stamps: z.object({ code: stamps, stage: stamps, flags: stamps }),
  cases: z.array(z.looseObject({ name: z.string(), passed: z.boolean() })).min(1),
});

/** What an acceptance run has written into that folder. Throws a MissingEvidenceError. */
export function acceptanceIn(directory: string): Record<string, SuiteRecord> {
  const read = (name: string) => {
    const path = join(directory, name);
    if (!existsSync(path))
      throw new MissingEvidenceError(
        `there is no ${path}; make it with "npm run evidence -- acceptance --out ${directory}"`,
      );
    const parsed = suiteRecord.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!parsed.success) throw new MissingEvidenceError(`${path} is no record of an acceptance run`);
    return [name, parsed.data as unknown as SuiteRecord] as const;
  };
  return Object.fromEntries(acceptanceFiles.map(read));
}

/** Every event of the log at that path: a folder with an entry an event, or a file with a line an event. */
export async function logAt(path: string): Promise<RolloutEvent[]> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new MissingEvidenceError(
      `there is no rollout log at ${path}; give --log: a local stack's is .part-lens/local/rollout-log, a ` +
        "rehearsal's .part-lens/rehearsal/stack/rollout-<time>.jsonl, the acceptance's own stack's " +
        ".part-lens/acceptance/stack/rollout.jsonl",
    );
  return (found.isDirectory() ? numberedEventLog(entryFolder(path)) : fileEventLog(path)).read();
}

const oneMachine = ["127.0.0.1", "localhost", "[::1]"];

/** A stack on one machine is a rehearsal, whatever it is called: its answers come from a loopback address. */
export function originOf(
  environment: string,
  acceptance: Readonly<Record<string, Pick<SuiteRecord, "api">>>,
): Provenance["origin"] {
  const hosts = Object.values(acceptance).map(({ api }) => new URL(api).hostname);
  const here = environment === "local" || hosts.some((host) => oneMachine.includes(host));
  return here ? "rehearsal" : "deployment";
}
