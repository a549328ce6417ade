import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  earlierRevision,
  namedRevision,
  RevisionUnknown,
} from "../../../../infra/local/known-good/earlier-revision.ts";
import { knownGood } from "../../../../infra/local/known-good/known-good.ts";
import { releaseTag } from "../../../../monitoring/readiness/release.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "part-lens-revision-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@part-lens.invalid", "-c", "tag.gpgSign=false"];
  const sure = ["-c", "commit.gpgSign=false", "-c", "init.defaultBranch=main"];
  return execFileSync("git", [...who, ...sure, ...args], { cwd: directory, encoding: "utf8" }).trim();
}

/** Commits a file and gives the commit. */
function commit(text: string): string {
  writeFileSync(join(directory, "file"), text);
  git("add", "file");
  git("commit", "--quiet", "--message", text);
  return git("rev-parse", "HEAD");
}

describe("what served before a checkout", () => {
  it("is nothing where there is no history, or none before this", async () => {
    expect(await earlierRevision(directory)).toBe("there is no git history here");
    git("init", "--quiet");
    expect(await earlierRevision(directory)).toBe("there is no git history here");
    commit("one");
    expect(await earlierRevision(directory)).toBe("there is no earlier revision");
    expect(await knownGood(directory)).toBe("there is no earlier revision");
  });

  it("is the commit before on main, main's own where something is edited, and where a branch left it", async () => {
    git("init", "--quiet");
    const one = commit("one");
    const two = commit("two");
    expect(await earlierRevision(directory)).toEqual({ commit: one, name: "the commit before" });
    writeFileSync(join(directory, "file"), "edited");
    expect(await earlierRevision(directory)).toEqual({ commit: two, name: "where this left main" });
    git("checkout", "--quiet", "-b", "branch");
    commit("three");
    commit("four");
    expect(await earlierRevision(directory)).toEqual({ commit: two, name: "where this left main" });
  });

  it("is the newest release of the history before that, and not the one that this is", async () => {
    git("init", "--quiet");
    const one = commit("one");
    const [first, second] = [releaseTag(Date.UTC(2026, 0, 1)), releaseTag(Date.UTC(2026, 1, 1))];
    git("tag", first);
    commit("two");
    commit("three");
    git("tag", second);
    expect(await earlierRevision(directory)).toEqual({ commit: one, name: `the release ${first}` });
    const four = commit("four");
    expect(await earlierRevision(directory)).toMatchObject({ name: `the release ${second}` });
    expect(await namedRevision(directory, "HEAD")).toEqual({ commit: four, name: "HEAD" });
    await expect(namedRevision(directory, "nowhere")).rejects.toThrow(RevisionUnknown);
  });
});
