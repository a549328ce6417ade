import { execFile } from "node:child_process";

/** Git could not be run, or the folder is no checkout. */
export class GitError extends Error {
  override readonly name = "GitError";
}

/** What a release needs of a checkout. */
export interface Repository {
  /** The commit that is checked out, 40 hex digits. */
  head(): Promise<string>;
  /** What differs from that commit, untracked files too: empty when nothing does. */
  changes(): Promise<readonly string[]>;
  /** The commit that carries the tag; undefined when there is none of that name. */
  tagged(name: string): Promise<string | undefined>;
  /** An annotated tag at that commit. Rejects when there is one of that name. */
  tag(name: string, commit: string, message: string): Promise<void>;
}

/** The checkout in that folder. Every method rejects with a GitError. */
export function gitRepository(directory: string): Repository {
  const git = (...args: readonly string[]) => run(directory, args);
  return {
    head: () => git("rev-parse", "HEAD"),
    changes: async () => (await git("status", "--porcelain")).split("\n").filter(Boolean),
    async tagged(name) {
      const found = await git("tag", "--list", name);
      return found === "" ? undefined : git("rev-list", "-n", "1", `refs/tags/${name}`);
    },
    async tag(name, commit, message) {
      await git("tag", "--annotate", "--message", message, name, commit);
    },
  };
}

function run(directory: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("git", args, { cwd: directory }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout.trimEnd());
      const text = `git ${args[0]} in ${directory}: ${stderr.trim() || error.message}`;
      reject(new GitError(text, { cause: error }));
    });
  });
}
