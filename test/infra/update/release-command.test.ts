import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../../../infra/api/bundle.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { releaseTag } from "../../../monitoring/readiness/release.ts";
import { acceptanceWith } from "../../monitoring/evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../../monitoring/evidence/sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-release-command-"));
const at = (name: string) => join(directory, name);
const isolated = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: at("checkout"), env: isolated, encoding: "utf8" }).trim();

/** Always of the repository in our folder: the project's own is never touched. */
function release(name: string) {
  const place = ["--bundle", at(name), "--store", at("store"), "--repository", at("checkout")];
  const args = ["infra/update/rollout.ts", "release", ...place, "--public-key", at("public.pem")];
  return spawnSync(process.execPath, args, { encoding: "utf8", env: isolated });
}

/** The same evidence, of that code. */
async function evidenceOf(name: string, code: string): Promise<void> {
  const files = Object.entries(acceptanceWith());
  const acceptance = files.map(([file, suite]) => [
    file,
    { ...suite, stamps: { ...suite.stamps, code: [code] } },
  ]);
  const provenance = { environment: "prod", origin: "deployment", createdAt: hour(182) } as const;
  const sources = { provenance, acceptance: Object.fromEntries(acceptance), events: sampleLog };
  await writeBundle(at(name), await bundleOf(sources, keyFileSigner(at("private.pem"))));
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
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("the command refuses with 1 and says why, releases with 0, and could not with 2", () => {
  const refused = release("other");
  expect([refused.status, refused.stderr]).toEqual([
    1,
    expect.stringContaining("the evidence is of 0123456789ab"),
  ]);
  expect([git("tag"), existsSync(at("store"))]).toEqual(["", false]);
  const done = release("proven");
  expect([done.status, done.stdout]).toEqual([
    0,
    expect.stringContaining(`git push origin ${releaseTag(Date.now())}`),
  ]);
  expect(git("tag")).toBe(releaseTag(Date.now()));
  expect(release("proven")).toMatchObject({ status: 1, stderr: expect.stringContaining("exists already") });
  expect(release("nowhere")).toMatchObject({ status: 2, stderr: expect.stringContaining("is no folder") });
}, 60_000);
