import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { releaseTagPrefix } from "../../../monitoring/readiness/release.ts";

const run = promisify(execFile);

/** A commit whose code is taken for the last known-good. */
export interface Revision {
  /** 40 hex digits. */
  readonly commit: string;
  /** How it was found, for a reader. */
  readonly name: string;
}

/** There is no such commit; the message says what to do. */
export class RevisionUnknown extends Error {
  override readonly name = "RevisionUnknown";
}

/** What git prints, or undefined when it fails: no such commit, no repository, no git. */
async function printed(directory: string, ...args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", args, { cwd: directory });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** The revision of that name. Throws RevisionUnknown. */
export async function namedRevision(directory: string, name: string): Promise<Revision> {
  const commit = await printed(directory, "rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  if (commit) return { commit, name };
  throw new RevisionUnknown(
    `${name} is no commit of this repository and no folder with a bundle; in a shallow clone fetch it first`,
  );
}

/**
 * What served before this checkout: the newest release in its history; else where it left the branch main; else, on
 * main itself, the commit before. A text says why there is none.
 */
export async function earlierRevision(directory: string): Promise<Revision | string> {
  const git = (...args: readonly string[]) => printed(directory, ...args);
  const head = await git("rev-parse", "--verify", "--quiet", "HEAD");
  if (head === undefined) return "there is no git history here";
  const commitOf = (name: string) => git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
  // Their names end with the day.
  const tags = await git("tag", "--list", `${releaseTagPrefix}*`, "--merged", "HEAD", "--sort=-refname");
  for (const tag of tags ? tags.split("\n") : []) {
    const commit = await commitOf(tag);
    if (commit && commit !== head) return { commit, name: `the release ${tag}` };
  }
  const edited = (await git("status", "--porcelain", "--untracked-files=no")) !== "";
  for (const branch of ["origin/main", "main"]) {
    const commit = await git("merge-base", "HEAD", branch);
    if (commit && (commit !== head || edited)) return { commit, name: `where this left ${branch}` };
  }
  const parent = await commitOf("HEAD~1");
  if (parent) return { commit: parent, name: "the commit before" };
  const shallow = (await git("rev-parse", "--is-shallow-repository")) === "true";
  return shallow
    ? "the clone is shallow and shows no earlier revision: git fetch --unshallow"
    : "there is no earlier revision";
}
