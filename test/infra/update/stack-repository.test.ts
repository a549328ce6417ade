import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RepositoryRefused, StackRepository } from "../../../infra/update/stack-repository.ts";

const file = "infra/stacks/Pulumi.prod-rollout.yaml";
const before = '# The stage.\nconfig:\n  part-lens:rolloutStage: "ramp-20" # since Monday\n';
const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@part-lens.example"];

let root: string;
let checkout: string;

const git = (directory: string, ...args: string[]) =>
  execFileSync("git", [...identity, ...args], { cwd: directory, encoding: "utf8", stdio: "pipe" }).trim();

function write(directory: string, path: string, text: string): void {
  mkdirSync(join(directory, path, ".."), { recursive: true });
  writeFileSync(join(directory, path), text);
}

function pushed(directory: string, path: string, text: string): void {
  write(directory, path, text);
  git(directory, "add", "--all");
  git(directory, "commit", "--quiet", "--message", `Change ${path}`);
  git(directory, "push", "--quiet", "origin", "main");
}

function clone(name: string): string {
  git(root, "clone", "--quiet", "remote.git", name);
  return join(root, name);
}

const lower = (text: string) => text.replace("ramp-20", "off");
const repository = (directory = checkout) => new StackRepository({ directory, branch: "main" });
const onRemote = (path: string) => git(join(root, "remote.git"), "show", `main:${path}`);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "part-lens-repository-"));
  git(root, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git");
  const first = clone("first");
  git(first, "checkout", "--quiet", "-B", "main");
  pushed(first, file, before);
  checkout = clone("checkout");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the repository of the stack files", () => {
  it("commits the edit on the branch's head and pushes it, as the runner where git knows nobody", async () => {
    // Nothing of this machine's own configuration: a runner has none.
    const home = process.env.HOME;
    process.env.HOME = root;
    try {
      await repository().follow();
      const commit = await repository().commit({ [file]: lower }, "Say what is live in prod\n\nBecause.\n");
      expect(commit).toBe(git(join(root, "remote.git"), "rev-parse", "main"));
    } finally {
      process.env.HOME = home;
    }
    expect(onRemote(file)).toBe(lower(before).trim());
    expect(git(checkout, "log", "-1", "--format=%s|%b|%an")).toBe(
      "Say what is live in prod|Because.\n|Part Lens delivery runner",
    );
    expect(git(checkout, "show", "--stat", "--format=", "HEAD")).toContain("1 file changed");
  });

  it("commits from a checkout of a commit, as a runner has it, and follows what was pushed since", async () => {
    git(checkout, "checkout", "--quiet", "--detach");
    pushed(join(root, "first"), "notes.md", "later\n");
    expect(await repository().remoteFiles({ notes: "notes.md" })).toEqual({ notes: "later\n" });
    await repository().follow();
    await repository().commit({ [file]: lower }, "Say what is live");
    expect([onRemote("notes.md"), onRemote(file)]).toEqual(["later", lower(before).trim()]);
  });

  it("leaves nothing behind when somebody pushes meanwhile, and succeeds at the second look", async () => {
    await repository().follow();
    const prepare = async () => {
      pushed(join(root, "first"), "notes.md", "meanwhile\n");
      return [];
    };
    expect(await repository().commit({ [file]: lower }, "Say what is live", prepare)).toBeUndefined();
    expect(git(checkout, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(checkout, file), "utf8")).toBe(before);
    await repository().follow();
    expect(await repository().commit({ [file]: lower }, "Say what is live")).toBeDefined();
    expect([onRemote("notes.md"), onRemote(file)]).toEqual(["meanwhile", lower(before).trim()]);
  });

  it("commits what follows from the files along with them", async () => {
    await repository().follow();
    const prepare = async () => {
      write(checkout, "infra/preview/snapshots/prod-rollout.json", "{}\n");
      return ["infra/preview/snapshots"];
    };
    await repository().commit({ [file]: lower }, "Say what is live", prepare);
    expect(onRemote("infra/preview/snapshots/prod-rollout.json")).toBe("{}");
  });

  it("says what the remote said where it takes no push, and leaves nothing behind", async () => {
    const hook = join(root, "remote.git/hooks/pre-receive");
    writeFileSync(hook, "#!/bin/sh\necho 'main is protected' >&2\nexit 1\n");
    chmodSync(hook, 0o755);
    await repository().follow();
    const attempt = repository().commit({ [file]: lower }, "Say what is live");
    await expect(attempt).rejects.toThrow(RepositoryRefused);
    await expect(attempt).rejects.toThrow(/main is protected/);
    expect(git(checkout, "log", "-1", "--format=%s")).toBe(`Change ${file}`);
    expect(git(checkout, "status", "--porcelain")).toBe("");
  });

  it.each([
    ["edits", /not committed/, () => writeFileSync(join(checkout, file), "edited\n")],
    ["another branch", /the checkout is on topic/, () => git(checkout, "checkout", "--quiet", "-b", "topic")],
    [
      "commits that are not pushed",
      /not pushed/,
      () => git(checkout, "commit", "--quiet", "--allow-empty", "--message", "Mine"),
    ],
  ])("touches no %s of somebody", async (_, message, disturb) => {
    disturb();
    const head = git(checkout, "rev-parse", "HEAD");
    await expect(repository().follow()).rejects.toThrow(message);
    expect(git(checkout, "rev-parse", "HEAD")).toBe(head);
  });

  it("leaves files alone that git does not know", async () => {
    write(checkout, ".part-lens/state.json", "{}");
    await repository().follow();
    await repository().commit({ [file]: lower }, "Say what is live");
    expect(readFileSync(join(checkout, ".part-lens/state.json"), "utf8")).toBe("{}");
  });
});
