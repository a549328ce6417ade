import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** The repository is not in a state in which a commit of ours could be made, or the remote does not take it. */
export class RepositoryRefused extends Error {
  override readonly name = "RepositoryRefused";
}

/** An edit of a file: its new text from its old. */
export type Edits = Readonly<Record<string, (text: string) => string>>;

export interface StackRepositoryOptions {
  /** The checkout. */
  readonly directory: string;
  readonly branch: string;
  readonly remote?: string;
}

const run = promisify(execFile);

/** Whose commits they are where git knows nobody, as on a delivery runner. */
const runner = { name: "Part Lens delivery runner", email: "delivery-runner@part-lens.invalid" };

/**
 * The branch that the stack files are committed to, in a checkout of it: no edit of somebody else is taken along, none
 * is lost, and nothing is forced.
 */
export class StackRepository {
  readonly #directory: string;
  readonly #branch: string;
  readonly #remote: string;

  constructor({ directory, branch, remote = "origin" }: StackRepositoryOptions) {
    this.#directory = directory;
    this.#branch = branch;
    this.#remote = remote;
  }

  /** The files as the remote's branch has them now. Throws RepositoryRefused. */
  async remoteFiles<Name extends string>(
    files: Readonly<Record<Name, string>>,
  ): Promise<Record<Name, string>> {
    await this.#fetch();
    const texts = Object.entries<string>(files).map(
      async ([name, path]) => [name, await this.#git("show", `${this.#upstream}:${path}`)] as const,
    );
    return Object.fromEntries(await Promise.all(texts)) as Record<Name, string>;
  }

  /**
   * Brings the checkout to the head of the remote's branch. Throws RepositoryRefused where that would touch what
   * somebody has not committed, or not pushed.
   */
  async follow(): Promise<void> {
    await this.#refuseEdits();
    await this.#fetch();
    const branch = (await this.#git("branch", "--show-current")).trim();
    // A runner's checkout is of a commit, on no branch.
    if (branch === "")
      return void (await this.#git("checkout", "--quiet", "-B", this.#branch, this.#upstream));
    if (branch !== this.#branch)
      throw this.#refused(`the checkout is on ${branch}; switch to ${this.#branch} and run this again`);
    const ahead = (await this.#git("rev-list", `${this.#upstream}..HEAD`)).trim();
    if (ahead)
      throw this.#refused(`${this.#branch} has commits that are not pushed; push them and run this again`);
    await this.#git("merge", "--quiet", "--ff-only", this.#upstream);
  }

  /**
   * Commits the edits on the head of the branch and pushes. Returns the commit; undefined when somebody else has pushed
   * meanwhile: then nothing is left of it, and the caller looks again. Throws RepositoryRefused when the remote takes
   * no push.
   */
  async commit(
    edits: Edits,
    message: string,
    prepare?: () => Promise<readonly string[]>,
  ): Promise<string | undefined> {
    const base = (await this.#git("rev-parse", "HEAD")).trim();
    for (const [path, edit] of Object.entries(edits)) {
      const file = join(this.#directory, path);
      writeFileSync(file, edit(readFileSync(file, "utf8")));
    }
    try {
      const more = (await prepare?.()) ?? [];
      await this.#git("add", "--", ...Object.keys(edits), ...more);
      await this.#git(...(await this.#author()), "commit", "--quiet", "--message", message);
      await this.#git("push", "--quiet", this.#remote, `HEAD:refs/heads/${this.#branch}`);
      return (await this.#git("rev-parse", "HEAD")).trim();
    } catch (error) {
      // Nothing of anybody else is in the way: the checkout was clean, and at the remote's head.
      await this.#git("reset", "--quiet", "--hard", base);
      await this.#fetch();
      if ((await this.#git("rev-parse", this.#upstream)).trim() !== base) return undefined;
      throw error;
    }
  }

  get #upstream(): string {
    return `refs/remotes/${this.#remote}/${this.#branch}`;
  }

  #fetch(): Promise<string> {
    return this.#git("fetch", "--quiet", this.#remote, `+refs/heads/${this.#branch}:${this.#upstream}`);
  }

  async #refuseEdits(): Promise<void> {
    const edited = (await this.#git("status", "--porcelain", "--untracked-files=no")).trim();
    if (edited)
      throw this.#refused(`there are edits that are not committed; commit or stash them:\n${edited}`);
  }

  async #author(): Promise<string[]> {
    const known = await this.#git("config", "user.email").catch(() => "");
    return known.trim() ? [] : ["-c", `user.name=${runner.name}`, "-c", `user.email=${runner.email}`];
  }

  async #git(...args: string[]): Promise<string> {
    try {
      const { stdout } = await run("git", args, { cwd: this.#directory, maxBuffer: 64 * 1024 * 1024 });
      return stdout;
    } catch (error) {
      const said = String((error as { stderr?: unknown }).stderr ?? "").trim() || String(error);
      throw this.#refused(`git ${args.find((word) => /^[a-z]/.test(word))} failed: ${said}`, error);
    }
  }

  #refused(message: string, cause?: unknown): RepositoryRefused {
    return new RepositoryRefused(message, { cause });
  }
}
