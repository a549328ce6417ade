/** docs/audit.md is followed as an auditor would: its commands, on a bundle and a key, without our code. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { canonicalJson } from "../../../api/database/canonical-json.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { type BundleContents, bundleFileNames, seal } from "../../../monitoring/evidence/bundle-files.ts";
import { writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { type ChainLink, linkHash } from "../../../monitoring/evidence/event-chain.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { acceptanceWith } from "./sample-acceptance.ts";
import { hour, sampleLog } from "./sample-log.ts";

const manual = readFileSync("docs/audit.md", "utf8");
/** Signature, files, folder, log. */
const blocks = [...manual.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);
const tools = ["bash", "openssl", "sha256sum", "sed", "grep", "diff", "find", "cut", "sort", "tr"];
const isThere = (tool: string) => spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;

const directory = mkdtempSync(join(tmpdir(), "part-lens-by-hand-"));
const bundle = join(directory, "bundle");
const at = (name: string) => join(bundle, name);
const logFile = "rollout_events.jsonl";
let original: BundleContents;

function signerIn(name: string) {
  const path = join(directory, name);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }));
  return keyFileSigner(path);
}

function bundleBy(signer: ReturnType<typeof signerIn>): Promise<BundleContents> {
  const provenance = { environment: "prod", origin: "deployment", createdAt: hour(182) } as const;
  return bundleOf({ provenance, acceptance: acceptanceWith(), events: sampleLog }, signer);
}

/** The status that these blocks end with, one after the other, until a command fails. */
function byHand(run: readonly string[] = blocks): number | null {
  const env = { PATH: process.env.PATH, KEY: join(directory, "given.pem"), LC_ALL: "C" };
  return spawnSync("bash", ["-euo", "pipefail", "-c", run.join("")], { cwd: bundle, env }).status;
}

beforeAll(async () => {
  const signer = signerIn("operator.pem");
  original = await bundleBy(signer);
  writeFileSync(join(directory, "given.pem"), await signer.publicKey());
});
beforeEach(() => {
  rmSync(bundle, { recursive: true, force: true });
  return writeBundle(bundle, original);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function edited(name: string, edit: (text: string) => string): void {
  const text = readFileSync(at(name), "utf8");
  expect(edit(text)).not.toBe(text);
  writeFileSync(at(name), edit(text));
}
const lines = (edit: (lines: string[]) => string[]) =>
  edited(logFile, (text) => `${edit(text.trimEnd().split("\n")).join("\n")}\n`);
const links = (edit: (links: ChainLink[]) => ChainLink[]) =>
  lines((all) => edit(all.map((line) => JSON.parse(line))).map(canonicalJson));

describe.skipIf(!tools.every(isThere))("the commands of docs/audit.md", () => {
  it("hold for a bundle as it was signed", () => {
    expect(blocks).toHaveLength(4);
    expect(byHand()).toBe(0);
  });

  it.each([
    ["a byte changed", () => edited("canary_plan.json", (text) => text.replace("canary-5", "canary-6"))],
    ["a file taken away", () => rmSync(at("canary_plan.md"))],
    ["a file added", () => writeFileSync(at("appendix.json"), "{}\n")],
    ["a folder added", () => mkdirSync(at("more"))],
    [
      "a link in the place of a file",
      () => {
        writeFileSync(join(directory, "same.md"), readFileSync(at("canary_plan.md")));
        rmSync(at("canary_plan.md"));
        symlinkSync(join(directory, "same.md"), at("canary_plan.md"));
      },
    ],
    ["the manifest edited", () => edited(seal.manifest, (text) => text.replace("deployment", "rehearsal"))],
    ["no signature", () => rmSync(at(seal.signature))],
  ])("end with an error for %s", (_, tamper) => {
    tamper();
    expect(byHand()).toBeGreaterThan(0);
  });

  it.each([
    ["two events exchanged", () => lines(([a, b, ...rest]) => [b!, a!, ...rest])],
    ["an event taken out", () => lines((all) => all.toSpliced(3, 1))],
    ["the log cut at its end", () => lines((all) => all.slice(0, -1))],
    [
      "an actor exchanged, and the hash with it",
      () => {
        links((all) => {
          const link = { ...all[3]!, event: { ...all[3]!.event, actor: "Mallory" } };
          return all.with(3, { ...link, hash: linkHash(link) });
        });
      },
    ],
    [
      "the last event exchanged, and the hash with it",
      () => {
        links((all) => {
          const link = { ...all.at(-1)!, event: { ...all.at(-1)!.event, actor: "Mallory" } };
          return all.with(-1, { ...link, hash: linkHash(link) });
        });
      },
    ],
  ])("for the log end with an error for %s, even if nothing else were looked at", (_, tamper) => {
    expect(byHand(blocks.slice(3))).toBe(0);
    tamper();
    expect(byHand(blocks.slice(3))).toBeGreaterThan(0);
  });

  it("end with an error for a bundle that another key has signed", async () => {
    await writeBundle(bundle, await bundleBy(signerIn("mallory.pem")));
    expect(byHand()).toBeGreaterThan(0);
  });
});

it("every file of a bundle is told of", () => {
  for (const name of [...bundleFileNames, ...Object.values(seal)]) expect(manual).toContain(`\`${name}\``);
});
