/** Releases of a real repository, made for each test in a folder of its own. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { bundleOf, sealed, toldBy } from "../../../monitoring/evidence/bundle.ts";
import { verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { canaryPlanOf } from "../../../monitoring/evidence/canary-plan.ts";
import { chainOf } from "../../../monitoring/evidence/event-chain.ts";
import { redactedExport } from "../../../monitoring/evidence/redacted-export.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { ArchiveConflictError, evidenceFolder } from "../../../monitoring/readiness/archive.ts";
import { GitError, gitRepository } from "../../../monitoring/readiness/git-repository.ts";
import { type ReleaseInputs, release, releaseTag } from "../../../monitoring/readiness/release.ts";
import { acceptanceWith } from "../evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../evidence/sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-release-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function keyIn(name: string) {
  const path = join(directory, name);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }));
  return keyFileSigner(path);
}
const [ours, theirs] = [keyIn("ours.pem"), keyIn("theirs.pem")];
const publicKey = await ours.publicKey();

type Made = Partial<Parameters<typeof bundleOf>[0]["provenance"]> & {
  log?: typeof sampleLog;
  passed?: boolean;
  signer?: typeof ours;
};
const bundleWith = ({ log = sampleLog, passed = true, signer = ours, ...provenance }: Made = {}) =>
  bundleOf(
    {
      provenance: { environment: "prod", origin: "deployment", createdAt: hour(182), ...provenance },
      acceptance: acceptanceWith({ passed }),
      events: log,
    },
    signer,
  );
/** Says that it was declared, and its log does not. */
const contradicting = () =>
  sealed(
    {
      provenance: { environment: "prod", origin: "deployment", createdAt: hour(182) },
      acceptance: acceptanceWith(),
      plan: canaryPlanOf("prod"),
      links: chainOf(sampleLog.slice(0, -1)),
      ...toldBy("prod", sampleLog),
    },
    ours,
  );
const proven = await bundleWith();
const staging = await bundleWith({ environment: "staging", log: sampleLog.slice(0, 4) });

/** No configuration of this machine's user reaches these repositories. */
const environment = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
Object.assign(process.env, environment);
const at = Date.parse("2026-11-09T23:30:00.000Z");
const tag = "part-lens-v2-production-20261109";
let repository = "";
let count = 0;
const git = (...args: string[]) => execFileSync("git", args, { cwd: repository, encoding: "utf8" }).trim();
const store = () => join(repository, "..", "store");

beforeEach(() => {
  repository = join(directory, String(++count), "checkout");
  mkdirSync(repository, { recursive: true });
  git("init", "--quiet", "--initial-branch", "main");
  git("config", "user.name", "Release Test");
  git("config", "user.email", "release@example.invalid");
  writeFileSync(join(repository, "code.ts"), "export {};\n");
  git("add", ".");
  git("commit", "--quiet", "--message", "First");
});

const released = (changes: Partial<ReleaseInputs> = {}) =>
  release({
    repository: gitRepository(repository),
    bundle: { contents: proven },
    publicKey,
    codeVersion: async () => "c0de",
    earlier: [{ contents: staging }],
    staging: { reason: "it was rehearsed" },
    store: evidenceFolder(store()),
    at,
    ...changes,
  });
const refusal = async (changes: Partial<ReleaseInputs> = {}) => {
  const result = await released(changes);
  return "refused" in result ? result.refused : [];
};

describe("a release", () => {
  it("is an annotated tag at the commit, with the evidence's hash and who stands for it", async () => {
    const { sha256 } = verifyBundle({ contents: proven });
    expect(await released()).toMatchObject({ tag, commit: git("rev-parse", "HEAD"), bundle: sha256 });
    expect(git("cat-file", "-t", tag)).toBe("tag");
    expect(git("rev-list", "-n", "1", tag)).toBe(git("rev-parse", "HEAD"));
    const message = git("tag", "--list", "--format=%(contents)", tag);
    expect(message).toContain(`Evidence-Bundle: ${sha256}`);
    expect(message).toContain("Code-Version: c0de");
    expect(message).toContain("Staging-Evidence: none, it was rehearsed");
    expect(message).toContain(`Declared: ${hour(181)} by Grace Hopper`);
    expect(message).toContain(`Signed-Off: Ada Lovelace, fleet manager, ${hour(180)}`);
    expect(git("status", "--porcelain")).toBe("");
  });

  it("keeps the bundle, and what led to it in the archive, with an index", async () => {
    await released();
    const [main, before] = [proven, staging].map((contents) => verifyBundle({ contents }).sha256!);
    expect(readdirSync(join(store(), "bundles", main!)).sort()).toEqual([...proven.keys()].sort());
    expect(readdirSync(join(store(), "archive", tag, before!)).sort()).toEqual([...staging.keys()].sort());
    const index = JSON.parse(readFileSync(join(store(), "archive", tag, "index.json"), "utf8"));
    expect(index).toEqual({
      tag,
      released: main,
      earlier: [{ sha256: before, environment: "staging", origin: "deployment", createdAt: hour(182) }],
      staging: { without: "it was rehearsed" },
    });
  });

  it("that was cut off before its tag is carried on, and never a second time", async () => {
    const broken = {
      ...gitRepository(repository),
      tag: async () => {
        throw new GitError("killed");
      },
    };
    await expect(released({ repository: broken })).rejects.toThrow("killed");
    expect(git("tag")).toBe("");
    expect(await released()).toMatchObject({ tag });
    expect(await refusal()).toEqual([`the tag ${tag} exists already, at ${git("rev-parse", "HEAD")}`]);
  });

  it("never writes over what is kept", async () => {
    const { sha256 } = verifyBundle({ contents: proven });
    await evidenceFolder(store()).create(`bundles/${sha256}/canary_plan.md`, Buffer.from("another"));
    await expect(released()).rejects.toThrow(ArchiveConflictError);
    expect(git("tag")).toBe("");
  });

  it.each<[string, () => Promise<Partial<ReleaseInputs>>, RegExp]>([
    [
      "a changed bundle",
      async () => ({ bundle: { contents: new Map(proven).set("canary_plan.md", Buffer.from("x")) } }),
      /does not verify: canary_plan\.md/,
    ],
    [
      "a bundle that another key signed",
      async () => ({ bundle: { contents: await bundleWith({ signer: theirs }) } }),
      /another key than the one that was given/,
    ],
    ["no bundle", async () => ({ bundle: { contents: new Map() } }), /manifest\.json: it is not there/],
    [
      "a rehearsal",
      async () => ({ bundle: { contents: await bundleWith({ origin: "rehearsal" }) } }),
      /this is a rehearsal/,
    ],
    [
      "staging's evidence",
      async () => ({ bundle: { contents: staging } }),
      /evidence of staging, not of prod/,
    ],
    [
      "a copy without names",
      async () => ({ bundle: { contents: await redactedExport(proven, ours) } }),
      /a copy without names/,
    ],
    [
      "no declaration",
      async () => ({ bundle: { contents: await bundleWith({ log: sampleLog.slice(0, -1) }) } }),
      /production-ready was not declared/,
    ],
    [
      "no sign-off",
      async () => ({
        bundle: { contents: await bundleWith({ log: sampleLog.filter(({ kind }) => kind !== "signedOff") }) },
      }),
      /nobody has signed off/,
    ],
    [
      "a record and a declaration that its own log does not give, signed by us all the same",
      async () => ({ bundle: { contents: await contradicting() } }),
      /rollout_record\.json: it is not what rollout_events\.jsonl gives.*\n.*declaration\.json: it is not what/,
    ],
    [
      "a failed acceptance case",
      async () => ({ bundle: { contents: await bundleWith({ passed: false }) } }),
      /acceptance case failed/,
    ],
    [
      "a rollback after the declaration",
      async () => ({
        bundle: {
          contents: await bundleWith({
            log: [
              ...sampleLog,
              {
                kind: "rolledBack",
                at: hour(182),
                actor: "part-lens",
                to: "off",
                cause: "rlsLeak",
                alsoFiring: [],
              },
            ],
          }),
        },
      }),
      /the rollout stands at 0 %/,
    ],
    [
      "other code",
      async () => ({ codeVersion: async () => "0ther" }),
      /builds the code 0ther, and the evidence is of c0de/,
    ],
    [
      "a changed earlier bundle",
      async () => ({ earlier: [{ contents: new Map(staging).set("canary_plan.md", Buffer.from("x")) }] }),
      /an earlier bundle: .*canary_plan\.md/,
    ],
    ["nothing said of staging", async () => ({ staging: { reason: " " } }), /say why nothing of staging/],
    [
      "a changed file",
      async () => {
        writeFileSync(join(repository, "code.ts"), "export const a = 1;\n");
        return {};
      },
      /not clean: 1 file differs.*code\.ts/,
    ],
    [
      "an untracked file",
      async () => {
        writeFileSync(join(repository, "more.ts"), "");
        return {};
      },
      /not clean: 1 file differs.*more\.ts/,
    ],
  ])("is refused with %s, and leaves nothing", async (_, changes, text) => {
    expect((await refusal(await changes())).join("\n")).toMatch(text);
    expect(git("tag")).toBe("");
    expect(existsSync(store())).toBe(false);
  });

  it("cannot be made outside a checkout", async () => {
    await expect(released({ repository: gitRepository(directory) })).rejects.toThrow(GitError);
  });

  it("has its name from the day in UTC", () => {
    expect(releaseTag(Date.parse("2026-11-10T00:30:00+02:00"))).toBe(tag);
  });
});
