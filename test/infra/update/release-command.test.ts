import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../../../infra/api/bundle.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { evidenceFolder } from "../../../monitoring/readiness/archive.ts";
import { releaseTag } from "../../../monitoring/readiness/release.ts";
import { acceptanceWith } from "../../monitoring/evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../../monitoring/evidence/sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-release-command-"));
const at = (name: string) => join(directory, name);
const isolated = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: at("checkout"), env: isolated, encoding: "utf8" }).trim();

/** Always of the repository in our folder: the project's own is never touched. */
function release(name: string, ...staging: string[]) {
  const place = ["--bundle", at(name), "--store", at("store"), "--repository", at("checkout")];
  const args = ["infra/update/rollout.ts", "release", ...place, "--public-key", at("public.pem"), ...staging];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: isolated });
}

/** The same evidence, of that code. */
async function evidenceOf(name: string, code: string): Promise<void> {
  await writeBundle(at(name), await bundleWith(code, "prod"));
}

/** What a rollout of staging would have left in its bucket. */
async function stagingIn(folder: string): Promise<void> {
  const store = evidenceFolder(folder);
  const text = (event: object) => Buffer.from(JSON.stringify(event));
  for (const [index, event] of sampleLog.entries())
    await store.create(`rollout/log/${String(index + 1).padStart(8, "0")}.json`, text(event));
  const contents = await bundleWith("c0de", "staging");
  const { sha256 } = verifyBundle({ contents });
  for (const [file, content] of contents) await store.create(`bundles/${sha256}/${file}`, content);
}

function bundleWith(code: string, environment: string) {
  const files = Object.entries(acceptanceWith());
  const acceptance = files.map(([file, suite]) => [
    file,
    { ...suite, stamps: { ...suite.stamps, code: [code] } },
  ]);
  const provenance = { environment, origin: "deployment", createdAt: hour(182) } as const;
  const sources = { provenance, acceptance: Object.fromEntries(acceptance), events: sampleLog };
  return bundleOf(sources, keyFileSigner(at("private.pem")));
}

beforeAll(async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(at("private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at("public.pem"), publicKey.export({ type: "spki", format: "pem" }));
  mkdirSync(at("checkout"));
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "Release Test");
  git("config", "user.email", "release@example.invalid");
  git("commit", "--quiet", "--allow-empty", "--message", "First");
  await evidenceOf("proven", (await bundle("api")).hash);
  await evidenceOf("other", "0123456789ab");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the command refuses with 1 and says why, releases with 0, and could not with 2", async () => {
  const refused = release("other");
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining("the evidence is of 0123456789ab"),
  ]);
  expect([git("tag"), existsSync(at("store"))]).toEqual(["", false]);
  const left = at("staging");
  const nothing = release("proven", "--staging", left);
  expect([nothing.status, nothing.stderr]).toEqual([
    1,
    expect.stringContaining(`${left} has no log of a rollout of staging`),
  ]);
  await stagingIn(left);
  const before = releaseTag(Date.now());
  const done = release("proven", "--staging", left);
  // The day may have ended meanwhile.
  expect([before, releaseTag(Date.now())]).toContain(git("tag"));
  expect([done.status, done.stdout]).toEqual([0, expect.stringContaining(`git push origin ${git("tag")}`)]);
  expect(git("tag", "--list", "--format=%(contents)")).toMatch(
    /Staging-Evidence: \d+ files, log [0-9a-f]{64}/,
  );
  expect(existsSync(join(at("store"), "archive", git("tag"), "staging/rollout/log/00000001.json"))).toBe(
    true,
  );
  const why = ["--without-staging", "there is none"];
  // A tag is a day's: should this day end before the next release, that day's is there, too.
  for (const tag of [Date.now(), Date.now() + 86_400_000].map(releaseTag))
    if (!git("tag").includes(tag)) git("tag", tag);
  const again = { status: 1, stderr: expect.stringContaining("exists already") };
  expect(release("proven", ...why)).toMatchObject(again);
  expect(release("nowhere", ...why)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("there is no bundle at"),
  });
});
