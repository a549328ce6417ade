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

function sources(): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts"], { encoding: "utf8" });
  return listed.trim().split("\n").filter(existsSync);
}

test("every dependency is used by a source file", () => {
  const text = sources()
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const unused = Object.keys(manifest.dependencies).filter((name) => !text.includes(name));
  expect(unused.filter((name) => !tools.test(name))).toEqual([]);
});

/** A time as the machine's zone has it; a text or an order as its locale has it. */
const ofThisMachine =
  /\.[gs]et(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds|TimezoneOffset)\(|\.to(Date|Time|Locale\w*)String\(\)|\.localeCompare\([^,]*\)|Intl\.\w+\(\)/;

test("no file asks for the machine's time zone or locale", () => {
  const others = sources().filter((file) => file !== "test/project.test.ts");
  expect(others.filter((file) => ofThisMachine.test(readFileSync(file, "utf8")))).toEqual([]);
});

test.each([
  "at.getDay()",
  "at.setHours(0)",
  "at.toLocaleDateString()",
  "a.localeCompare(b)",
  "new Intl.DateTimeFormat()",
])("that would be noticed: %s", (text) => {
  expect(text).toMatch(ofThisMachine);
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
