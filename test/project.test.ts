import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";

interface Manifest {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

/** What no source file names: types, tools that are run, and Node itself. */
const tools = /^(@types\/|node-|vitest$|typescript$|@biomejs\/)/;

test("every version is exact", () => {
  for (const [name, version] of Object.entries(all))
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d/)]);
});

test("every dependency is used by a source file", () => {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { encoding: "utf8" });
  const files = listed.trim().split("\n").filter(existsSync);
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const unused = Object.keys(manifest.dependencies).filter((name) => !text.includes(name));
  expect(unused.filter((name) => !tools.test(name))).toEqual([]);
});

test("the lockfile names no registry", () => {
  const lockfile = readFileSync("package-lock.json", "utf8");
  expect(lockfile).not.toContain('"resolved"');
  expect(lockfile).toContain('"integrity"');
});

test("each script of package.json is a command of setup.mjs, so that it does its own set-up", () => {
  const setup = readFileSync("setup.mjs", "utf8");
  for (const [name, script] of Object.entries(manifest.scripts)) {
    if (name === "check") continue;
    expect(script).toBe(`node setup.mjs ${name}`);
    expect(setup).toMatch(new RegExp(`["']?${name}["']?: ["[]`));
  }
});

test("an unknown command is refused with the names of those there are", () => {
  const { status, stderr } = spawnSync(process.execPath, ["setup.mjs", "rehears"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain('no command "rehears"; there are rehearse, preview');
});

test("the keys of this machine are readable by their owner alone", () => {
  for (const name of [
    "signer.key",
    "jwt.private.jwk.json",
    "database.passwords.json",
    "evidence.private.pem",
  ]) {
    expect(statSync(`.part-lens/keys/${name}`).mode & 0o077).toBe(0);
  }
});
