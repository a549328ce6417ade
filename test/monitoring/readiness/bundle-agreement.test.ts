/** Bundles whose seal holds, because the right key has signed them, and whose files do not agree. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type BundleData, sealed, toldBy } from "../../../monitoring/evidence/bundle.ts";
import { type BundleContents, seal } from "../../../monitoring/evidence/bundle-files.ts";
import { verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { canaryPlanOf } from "../../../monitoring/evidence/canary-plan.ts";
import { chainOf } from "../../../monitoring/evidence/event-chain.ts";
import { jsonFile, manifestOf } from "../../../monitoring/evidence/manifest.ts";
import { redactedExport } from "../../../monitoring/evidence/redacted-export.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { verifyWhole } from "../../../monitoring/readiness/bundle-agreement.ts";
import { acceptanceWith } from "../evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../evidence/sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-agreement-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
writeFileSync(join(directory, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
const signer = keyFileSigner(join(directory, "key.pem"));
const publicKey = await signer.publicKey();

const whole: BundleData = {
  provenance: { environment: "prod", origin: "deployment", createdAt: hour(182) },
  acceptance: acceptanceWith(),
  plan: canaryPlanOf("prod"),
  links: chainOf(sampleLog),
  ...toldBy("prod", sampleLog),
};

/** Sealed by the signer with that file instead: what somebody with the key could do by hand. */
async function sealedWith(name: string, edit: (text: string) => string): Promise<BundleContents> {
  const contents = await sealed(whole, signer);
  const text = Buffer.from(contents.get(name)!).toString("utf8");
  expect(edit(text)).not.toBe(text);
  const seals: readonly string[] = Object.values(seal);
  const files = new Map([...contents].filter(([file]) => !seals.includes(file)));
  files.set(name, Buffer.from(edit(text)));
  const { log, key } = verifyBundle({ contents }).manifest!;
  const manifest = jsonFile(manifestOf(files, whole.provenance, { log, fingerprint: key.fingerprint }));
  return new Map([
    ...contents,
    ...files,
    [seal.manifest, manifest],
    [seal.signature, await signer.sign(manifest)],
  ]);
}

const record = "rollout_record.json";
const declaration = "production_ready_declaration.json";
const readiness = "DEPLOYMENT_READINESS.md";
const [first, ...rest] = whole.record.stages;

describe("a bundle's files", () => {
  it("agree as they were built, which is said only where it was looked at", async () => {
    const contents = await sealed(whole, signer);
    expect(verifyWhole({ contents }, publicKey)).toMatchObject({
      ...{ verified: true, compared: true, pinned: true, problems: [] },
    });
    const copy = await redactedExport(contents, signer);
    expect(verifyWhole({ contents: copy }, publicKey)).toMatchObject({ verified: true, compared: false });
    const changed = new Map([...contents, [record, Buffer.from("{}\n")]]);
    expect(verifyWhole({ contents: changed }, publicKey)).toMatchObject({ verified: false, compared: false });
  });

  it.each<[string, () => Promise<BundleContents>, string[]]>([
    [
      "a record whose first stage began by somebody else",
      () =>
        sealed(
          { ...whole, record: { ...whole.record, stages: [{ ...first!, by: "Mallory" }, ...rest] } },
          signer,
        ),
      [record, readiness],
    ],
    [
      "a declaration that the log does not have",
      () => {
        const log = sampleLog.slice(0, -1);
        return sealed({ ...whole, links: chainOf(log), record: toldBy("prod", log).record }, signer);
      },
      [declaration, readiness],
    ],
    [
      "no declaration, though the log has one",
      () => sealed({ ...whole, declaration: undefined }, signer),
      [declaration, readiness],
    ],
    [
      "a declaration with another number",
      () => sealedWith(declaration, (text) => text.replace('"samples":', '"samples":1')),
      [declaration],
    ],
    [
      "a document with a sentence less",
      () => sealedWith(readiness, (text) => text.replace("Nothing is open.", "")),
      [readiness],
    ],
    ["answers that are none", () => sealedWith("zero_5xx_scan.json", () => "{}\n"), ["rollout_events.jsonl"]],
  ])("are refused by name with %s, signed by the right key", async (_, build, files) => {
    const contents = await build();
    expect(verifyBundle({ contents }, publicKey).verified).toBe(true);
    const { verified, problems } = verifyWhole({ contents }, publicKey);
    expect(verified).toBe(false);
    expect(problems.map(({ kind, file }) => [kind, file])).toEqual(
      files.map((file) => ["contradicts-log", file]),
    );
  });
});
