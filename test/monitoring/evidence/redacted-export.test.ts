import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { textOf } from "../../../monitoring/evidence/bundle-files.ts";
import { linksOf, verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { chainProblems } from "../../../monitoring/evidence/event-chain.ts";
import { redactedExport, UnverifiedBundleError } from "../../../monitoring/evidence/redacted-export.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { sampleAcceptance } from "./sample-acceptance.ts";
import { hour, sampleLog } from "./sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-export-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, "key.pem");
writeFileSync(
  path,
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
);
const signer = keyFileSigner(path);
const provenance = { environment: "prod", origin: "deployment", createdAt: hour(182) } as const;
const original = await bundleOf({ provenance, acceptance: sampleAcceptance, events: sampleLog }, signer);
const all = (contents: ReadonlyMap<string, Uint8Array>) =>
  [...contents]
    .filter(([name]) => !name.endsWith(".sig"))
    .map(([, bytes]) => Buffer.from(bytes).toString("utf8"))
    .join("\n");

test("a copy names nobody, in no file, and verifies as a copy of its original", async () => {
  const copy = await redactedExport(original, signer);
  const text = all(copy);
  const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
  expect(all(original)).toMatch(uuid);
  expect(text).not.toMatch(uuid);
  for (const name of ["Grace", "Hopper", "Ada", "Lovelace", "mended"]) {
    expect(all(original)).toContain(name);
    expect(text).not.toContain(name);
  }
  const { verified, manifest } = verifyBundle({ contents: copy }, await signer.publicKey());
  expect(verified).toBe(true);
  expect(manifest?.redactedFrom).toEqual({ manifestSha256: verifyBundle({ contents: original }).sha256 });
  expect(textOf(copy, "DEPLOYMENT_READINESS.md")).toContain("a copy without names");
});

test("the same person and the same id have the same name in every file, and what counts stays", async () => {
  const copy = await redactedExport(original, signer);
  const links = linksOf(copy.get("rollout_events.jsonl")!)!;
  expect(chainProblems(links)).toEqual([]);
  expect(links.map(({ event }) => event.kind)).toEqual(sampleLog.map(({ kind }) => kind));
  expect(links[1]?.event).toMatchObject({ actor: "person-2", cohort: ["id-1"] });
  expect(links[2]?.event).toMatchObject({
    actor: "part-lens",
    cause: "serverErrors",
    alsoFiring: ["errorRate"],
  });
  expect(links[3]?.event).toMatchObject({ actor: "person-1", reason: "[withheld]" });
  expect(links.find(({ event }) => event.kind === "signedOff")?.event).toMatchObject({
    name: "person-1",
    role: "fleet manager",
  });
  const record = JSON.parse(textOf(copy, "rollout_record.json"));
  expect(Object.keys(record.actors).sort()).toEqual(["part-lens", "person-1", "person-2", "person-3"]);
  expect(record.stages.at(-1)).toMatchObject({
    by: "person-2",
    verdict: "pass",
    criteria: [{ reason: "0 in 360 examined" }, { value: 23 }],
  });
  const yacht = JSON.parse(textOf(copy, "zero_5xx_scan.json")).yachtId;
  expect(yacht).toBe("id-1");
  expect(all(await redactedExport(original, signer)).split("BEGIN")[0]).toBe(all(copy).split("BEGIN")[0]);
});

test("no copy is made of what does not verify, or is signed by another key than the given one", async () => {
  const changed = new Map(original).set("zero_5xx_scan.json", Buffer.from("{}\n"));
  await expect(redactedExport(changed, signer)).rejects.toThrow(UnverifiedBundleError);
  const other = join(directory, "other.pem");
  writeFileSync(
    other,
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  const theirs = await keyFileSigner(other).publicKey();
  await expect(redactedExport(original, signer, theirs)).rejects.toThrow(
    /another key than the one that was given/,
  );
});
