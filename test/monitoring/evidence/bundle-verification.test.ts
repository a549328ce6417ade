/** A real bundle, of an acceptance run against the API on PostgreSQL, tampered with in every way we could think of. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, sign } from "node:crypto";
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../../../api/app.ts";
import { canonicalJson } from "../../../api/database/canonical-json.ts";
import { runAcceptance } from "../../../monitoring/evidence/acceptance.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { type BundleContents, seal } from "../../../monitoring/evidence/bundle-files.ts";
import { readBundle, writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { withLowS } from "../../../monitoring/evidence/ecdsa-signature.ts";
import { type ChainLink, linkHash } from "../../../monitoring/evidence/event-chain.ts";
import { keyFileSigner, publicKeyFile } from "../../../monitoring/evidence/signing-key.ts";
import { startApi } from "../../api/harness.ts";
import { freshIdentities } from "./fresh-identities.ts";
import { hour, sampleLog } from "./sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-bundle-"));
const bundle = join(directory, "bundle");
const logFile = "rollout_events.jsonl";
let original: BundleContents;
let ourKey = "";

/** A private key in a file of its own. */
function keyFile(name: string, namedCurve = "P-256"): string {
  const path = join(directory, name);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve });
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return path;
}

beforeAll(async () => {
  const api = await startApi();
  try {
    api.setFlags({ stage: "full-100", cohort: ["aurora", "borealis", "calypso"] });
    const app = createApp(api.dependencies);
    const identities = await freshIdentities(api);
    const fetch = async (url: string, init: RequestInit) => app.request(url, init);
    const { files, passed } = await runAcceptance({ url: "http://acceptance.test", identities, fetch });
    expect(passed).toBe(true);
    const signer = keyFileSigner(keyFile("operator.pem"));
    ourKey = await signer.publicKey();
    const provenance = { environment: "local", origin: "deployment", createdAt: hour(182) } as const;
    original = await bundleOf({ provenance, acceptance: files, events: sampleLog }, signer);
  } finally {
    await api.stop();
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(bundle, { recursive: true, force: true });
  return writeBundle(bundle, original);
});

const at = (name: string) => join(bundle, name);
const text = (name: string) => readFileSync(at(name), "utf8");
const json = (name: string) => JSON.parse(text(name));
const write = (name: string, value: unknown) => writeFileSync(at(name), `${canonicalJson(value)}\n`);
const lines = () => text(logFile).trimEnd().split("\n");
const setLines = (changed: readonly string[]) =>
  writeFileSync(at(logFile), changed.map((line) => `${line}\n`).join(""));
const links = () => lines().map((line) => JSON.parse(line) as ChainLink);
const setLinks = (changed: readonly object[]) => setLines(changed.map(canonicalJson));

/** As somebody with a key would who wants the manifest to fit what lies there. */
function sealAgain(changes: object = {}, signWith?: string): void {
  const manifest = json(seal.manifest) as { files: { name: string }[] };
  const files = manifest.files.map(({ name }) => {
    const bytes = readFileSync(at(name));
    return { name, sha256: hash("sha256", bytes, "hex"), bytes: bytes.length };
  });
  write(seal.manifest, { ...manifest, files, ...changes });
  if (!signWith) return;
  const key = createPrivateKey(readFileSync(signWith, "utf8"));
  writeFileSync(at(seal.signature), withLowS(sign("sha256", readFileSync(at(seal.manifest)), key)));
}

async function verified(pinned: string | undefined = ourKey) {
  const { problems, ...rest } = verifyBundle(await readBundle(bundle), pinned);
  return { ...rest, kinds: problems.map(({ kind, file }) => `${kind} ${file}`) };
}

/** What is done to the folder, and what must be said of it. */
const tamperings: readonly (readonly [string, () => void, string])[] = [
  [
    "a byte of an answer changed",
    () =>
      writeFileSync(
        at("zero_5xx_scan.json"),
        text("zero_5xx_scan.json").replace('"status":401', '"status":402'),
      ),
    "changed zero_5xx_scan.json",
  ],
  [
    "a document edited",
    () =>
      writeFileSync(
        at("DEPLOYMENT_READINESS.md"),
        text("DEPLOYMENT_READINESS.md").replace("# Deploy", "# deploy"),
      ),
    "changed DEPLOYMENT_READINESS.md",
  ],
  [
    "a file made longer",
    () => writeFileSync(at("canary_plan.md"), `${text("canary_plan.md")} `),
    "changed canary_plan.md",
  ],
  [
    "a file taken away",
    () => rmSync(at("signed_actions_evidence.json")),
    "missing signed_actions_evidence.json",
  ],
  [
    "a file cut at its end",
    () => writeFileSync(at("zero_5xx_scan.json"), readFileSync(at("zero_5xx_scan.json")).subarray(0, -40)),
    "changed zero_5xx_scan.json",
  ],
  [
    "a byte order mark put in front",
    () => writeFileSync(at("canary_plan.json"), `\uFEFF${text("canary_plan.json")}`),
    "not-canonical canary_plan.json",
  ],
  [
    "line ends of another system",
    () => writeFileSync(at(logFile), text(logFile).replaceAll("\n", "\r\n")),
    `not-canonical ${logFile}`,
  ],
  [
    "a letter written as two code points, with a hash to fit",
    () => {
      const [first] = links() as [ChainLink];
      const link = { ...first, event: { ...first.event, actor: "Ad\u00e9la".normalize("NFD") } };
      setLinks(links().with(0, { ...link, hash: linkHash(link) }));
    },
    `broken-chain ${logFile}`,
  ],
  [
    "a file beside one of the same look",
    () => cpSync(at("canary_plan.md"), at("c\u0430nary_plan.md")),
    "unlisted c\u0430nary_plan.md",
  ],
  ["a file added", () => writeFileSync(at("appendix.json"), "{}\n"), "unlisted appendix.json"],
  ["a hidden file added", () => writeFileSync(at(".appendix"), ""), "unlisted .appendix"],
  ["a folder added", () => mkdirSync(at("more")), "not-a-file more"],
  [
    "two files exchanged",
    () => {
      renameSync(at("idempotency_409_evidence.json"), at("aside"));
      renameSync(at("zero_5xx_scan.json"), at("idempotency_409_evidence.json"));
      renameSync(at("aside"), at("zero_5xx_scan.json"));
    },
    "changed zero_5xx_scan.json",
  ],
  [
    "a file replaced by a link to the same content",
    () => {
      cpSync(at("rollout_record.json"), join(directory, "elsewhere.json"));
      rmSync(at("rollout_record.json"));
      symlinkSync(join(directory, "elsewhere.json"), at("rollout_record.json"));
    },
    "not-a-file rollout_record.json",
  ],
  [
    "two events exchanged",
    () => setLines(lines().with(3, lines()[4]!).with(4, lines()[3]!)),
    `broken-chain ${logFile}`,
  ],
  [
    "two events exchanged and numbered again",
    () => {
      const [a, b] = [links()[3]!, links()[4]!];
      setLinks(
        links()
          .with(3, { ...a, event: b.event })
          .with(4, { ...b, event: a.event }),
      );
    },
    `broken-chain ${logFile}`,
  ],
  ["an event taken out of the middle", () => setLines(lines().toSpliced(5, 1)), `broken-chain ${logFile}`],
  ["an event written twice", () => setLines(lines().toSpliced(5, 0, lines()[4]!)), `broken-chain ${logFile}`],
  ["the log cut at its end", () => setLines(lines().slice(0, -2)), `cut-log ${logFile}`],
  ["the log emptied", () => writeFileSync(at(logFile), ""), `cut-log ${logFile}`],
  [
    "an event's actor exchanged, and its hash with it",
    () => {
      const link = { ...links()[3]!, event: { ...links()[3]!.event, actor: "Mallory" } };
      setLinks(links().with(3, { ...link, hash: linkHash(link) }));
    },
    `broken-chain ${logFile}`,
  ],
  [
    "a JSON file written prettily, and the manifest to fit, but not signed",
    () => {
      writeFileSync(at("canary_plan.json"), `${JSON.stringify(json("canary_plan.json"), null, 2)}\n`);
      sealAgain();
    },
    "not-canonical canary_plan.json",
  ],
  [
    "a key written twice",
    () =>
      writeFileSync(
        at("rollout_record.json"),
        text("rollout_record.json").replace("{", '{"stage":"full-100",'),
      ),
    "not-canonical rollout_record.json",
  ],
  [
    "the manifest edited",
    () => write(seal.manifest, { ...json(seal.manifest), origin: "rehearsal" }),
    `bad-signature ${seal.signature}`,
  ],
  [
    "the manifest made to fit a changed file",
    () => {
      write("zero_5xx_scan.json", { ...json("zero_5xx_scan.json"), passed: true, api: "https://elsewhere" });
      sealAgain();
    },
    `bad-signature ${seal.signature}`,
  ],
  [
    "a manifest that names a file outside",
    () =>
      write(seal.manifest, {
        ...json(seal.manifest),
        files: [{ name: "../operator.pem", sha256: "0".repeat(64), bytes: 1 }],
      }),
    `malformed ${seal.manifest}`,
  ],
  [
    "a manifest that lists a file twice",
    () => {
      const { files } = json(seal.manifest);
      write(seal.manifest, { ...json(seal.manifest), files: [files[0], ...files] });
    },
    `malformed ${seal.manifest}`,
  ],
  [
    "a manifest with a field of its own",
    () => write(seal.manifest, { ...json(seal.manifest), approved: true }),
    `malformed ${seal.manifest}`,
  ],
  [
    "a manifest with a key written twice",
    () =>
      writeFileSync(
        at(seal.manifest),
        text(seal.manifest).replace('"environment":', '"environment":"prod","environment":'),
      ),
    `malformed ${seal.manifest}`,
  ],
  [
    "a manifest that names a file by an absolute path",
    () => {
      const [first, ...rest] = json(seal.manifest).files;
      write(seal.manifest, { ...json(seal.manifest), files: [{ ...first, name: "/etc/hostname" }, ...rest] });
    },
    `malformed ${seal.manifest}`,
  ],
  [
    "a manifest that is a link to the same content",
    () => {
      cpSync(at(seal.manifest), join(directory, "manifest.json"));
      rmSync(at(seal.manifest));
      symlinkSync(join(directory, "manifest.json"), at(seal.manifest));
    },
    `not-a-file ${seal.manifest}`,
  ],
  ["no manifest", () => rmSync(at(seal.manifest)), `missing ${seal.manifest}`],
  ["no signature", () => rmSync(at(seal.signature)), `missing ${seal.signature}`],
  [
    "another signature",
    () =>
      writeFileSync(
        at(seal.signature),
        withLowS(
          sign("sha256", Buffer.from("something else"), readFileSync(join(directory, "operator.pem"))),
        ),
      ),
    `bad-signature ${seal.signature}`,
  ],
  [
    "the signature's second form",
    () => writeFileSync(at(seal.signature), highS(readFileSync(at(seal.signature)))),
    `bad-signature ${seal.signature}`,
  ],
  [
    "a signature with a byte more",
    () =>
      writeFileSync(at(seal.signature), Buffer.concat([readFileSync(at(seal.signature)), Buffer.from([0])])),
    `bad-signature ${seal.signature}`,
  ],
  [
    "another public key",
    () => writeFileSync(at(seal.publicKey), publicKeyFile(keyFile("mallory.pem"))),
    `wrong-key ${seal.publicKey}`,
  ],
  [
    "a key on another curve",
    () =>
      writeFileSync(
        at(seal.publicKey),
        createPublicKey(readFileSync(keyFile("k1.pem", "secp256k1"))).export({ type: "spki", format: "pem" }),
      ),
    `malformed ${seal.publicKey}`,
  ],
  [
    "everything signed anew with another key",
    () => {
      const theirs = keyFile("mallory.pem");
      write("zero_5xx_scan.json", { ...json("zero_5xx_scan.json"), passed: true, api: "https://elsewhere" });
      const pem = publicKeyFile(theirs);
      writeFileSync(at(seal.publicKey), pem);
      const der = createPublicKey(pem).export({ type: "spki", format: "der" });
      const key = { ...json(seal.manifest).key, fingerprint: hash("sha256", der, "hex") };
      sealAgain({ key }, theirs);
    },
    `wrong-key ${seal.publicKey}`,
  ],
  [
    "a required file left out, signed with our own key",
    () => {
      rmSync(at("storage_rls_403_evidence.json"));
      const { files } = json(seal.manifest) as { files: { name: string }[] };
      write(seal.manifest, {
        ...json(seal.manifest),
        files: files.filter(({ name }) => name !== "storage_rls_403_evidence.json"),
      });
      sealAgain({}, join(directory, "operator.pem"));
    },
    "missing storage_rls_403_evidence.json",
  ],
];

/** (r, n - s): as valid as (r, s), and not what was written. */
function highS(der: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const sAt = 6 + (der[3] as number);
  const s = order - BigInt(`0x${der.subarray(sAt).toString("hex")}`);
  const bytes = Buffer.concat([Buffer.from([0]), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  const head = Buffer.from(der.subarray(0, sAt));
  head[1] = sAt - 2 + bytes.length;
  head[sAt - 1] = bytes.length;
  return Buffer.concat([head, bytes]);
}

describe("a bundle", () => {
  it("verifies as it was written, and names the key it was not asked to trust", async () => {
    expect(await verified()).toMatchObject({ kinds: [], verified: true, pinned: true });
    const { contents } = await readBundle(bundle);
    expect(verifyBundle({ contents })).toMatchObject({ verified: true, pinned: false });
    expect(contents).toEqual(original);
  });

  it("is as valid in its second form by ECDSA alone, so that refusing it is ours to do", () => {
    const second = highS(readFileSync(at(seal.signature)));
    const key = createPublicKey(readFileSync(at(seal.publicKey)));
    const { verify } = process.getBuiltinModule("node:crypto");
    expect(verify("sha256", readFileSync(at(seal.manifest)), key, second)).toBe(true);
  });

  it.each(tamperings)("is refused with %s", async (_, tamper, expected) => {
    tamper();
    const { verified: isVerified, kinds } = await verified();
    expect(kinds).toContainEqual(expected);
    expect(isVerified).toBe(false);
  });

  it("is refused with any bit of any file flipped", () => {
    const names = [...original.keys()];
    const place = fc.tuple(fc.constantFrom(...names), fc.nat(), fc.nat(7));
    fc.assert(
      fc.property(place, ([name, position, bit]) => {
        const bytes = Buffer.from(original.get(name) as Uint8Array);
        const index = position % bytes.length;
        bytes[index] = (bytes[index] as number) ^ (1 << bit);
        expect(verifyBundle({ contents: new Map(original).set(name, bytes) }).verified).toBe(false);
      }),
      { numRuns: 600 },
    );
  });

  it("is refused with any bit of its seal flipped, one after the other", () => {
    for (const name of Object.values(seal)) {
      const whole = original.get(name) as Uint8Array;
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        const bytes = Buffer.from(whole);
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        const result = verifyBundle({ contents: new Map(original).set(name, bytes) });
        expect([name, bit, result.verified]).toEqual([name, bit, false]);
      }
    }
  });

  it("is not written over something else, and replaces an earlier one", async () => {
    await writeBundle(bundle, original);
    expect((await verified()).verified).toBe(true);
    rmSync(at(seal.manifest));
    await expect(writeBundle(bundle, original)).rejects.toThrow(/no bundle: give another --out/);
  });

  it("may lie on hard links: what counts is the content", async () => {
    linkSync(at("canary_plan.md"), join(directory, "linked.md"));
    expect((await verified()).kinds).toEqual([]);
  });
});
