/** What a rollout of staging left, in a folder laid out like its evidence bucket, and what a release keeps of it. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../infra/local/clock.ts";
import { LocalAws } from "../../../infra/local/services/local-aws.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { chainOf, headOf } from "../../../monitoring/evidence/event-chain.ts";
import { keyFileSigner } from "../../../monitoring/evidence/signing-key.ts";
import { evidenceBucket } from "../../../monitoring/evidence-store-adapter.ts";
import { archive, evidenceFolder } from "../../../monitoring/readiness/archive.ts";
import { stagingLeft } from "../../../monitoring/readiness/staging-evidence.ts";
import { acceptanceWith } from "../evidence/sample-acceptance.ts";
import { hour, sampleLog } from "../evidence/sample-log.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-staging-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(
  join(directory, "key.pem"),
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
);
const signer = keyFileSigner(join(directory, "key.pem"));
const bundleIn = (environment: string, createdAt: string) =>
  bundleOf(
    {
      provenance: { environment, origin: "deployment", createdAt },
      acceptance: acceptanceWith(),
      events: sampleLog,
    },
    signer,
  );
const until = hour(182);
const bundle = await bundleIn("staging", hour(180));
const sha256 = verifyBundle({ contents: bundle }).sha256 as string;
const released = { sha256: "1".repeat(64), manifest: {} as never, contents: new Map() };

let count = 0;
let staging: ReturnType<typeof evidenceFolder> & { readonly place: string };
const put = (key: string, content: string | Uint8Array) => staging.create(key, Buffer.from(content));
const entry = (number: number) => `rollout/log/${String(number).padStart(8, "0")}.json`;
const records = [
  `reports/reconcile/${hour(3).slice(0, 13)}-clean.json`,
  `reports/review/${hour(100)}.json`,
  `incidents/${hour(20)}/postmortem.md`,
];

beforeEach(async () => {
  const place = join(directory, String(++count));
  staging = { place, ...evidenceFolder(place) };
  for (const [index, event] of sampleLog.entries()) await put(entry(index + 1), JSON.stringify(event));
  for (const [name, content] of bundle) await put(`bundles/${sha256}/${name}`, content);
  for (const key of records) await put(key, `of ${key}`);
});

const problems = async () => {
  const left = await stagingLeft(staging, until);
  return "problems" in left ? left.problems.join("\n") : "";
};
const log = sampleLog.map((_, index) => entry(index + 1));

describe("what staging's rollout left", () => {
  it("is its whole log, its bundle, its incidents and reports, by their keys", async () => {
    expect(await stagingLeft(staging, until)).toEqual({
      place: staging.place,
      events: sampleLog.length,
      head: headOf(chainOf(sampleLog)),
      bundles: [sha256],
      keys: [...log, ...records, ...[...bundle.keys()].map((name) => `bundles/${sha256}/${name}`)].sort(),
    });
  });

  it("is the same in a bucket", async () => {
    const options = { clock: new VirtualClock(0), directory: join(directory, "aws"), region: "eu-west-1" };
    const aws = new LocalAws({ ...options, invoke: async () => undefined });
    try {
      const endpoint = await aws.start();
      await aws.objects.createBucket("evidence");
      const credentials = aws.sessions.administrator;
      const client = new S3Client({ endpoint, region: options.region, credentials, forcePathStyle: true });
      for (const key of await staging.names(""))
        await aws.objects.put("evidence", key, Buffer.from(await staging.read(key)), {});
      const bucket = { place: "s3://evidence", ...evidenceBucket("evidence", client) };
      const inFolder = await stagingLeft(staging, until);
      expect(await stagingLeft(bucket, until)).toEqual({ ...inFolder, place: "s3://evidence" });
    } finally {
      await aws.close();
    }
  });

  it("is nothing of before its first event, and nothing of after the released evidence", async () => {
    const before = await stagingLeft(staging, until);
    const later = await bundleIn("staging", hour(300));
    const other = verifyBundle({ contents: later }).sha256;
    for (const [name, content] of later) await put(`bundles/${other}/${name}`, content);
    await put(entry(sampleLog.length + 1), JSON.stringify({ ...sampleLog[0], at: hour(200) }));
    await put(`reports/probe/${hour(-48).slice(0, 13)}-clean.json`, "{}");
    await put(`incidents/${hour(183)}/postmortem.md`, "later");
    expect(await stagingLeft(staging, until)).toEqual(before);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "no log",
      async () => rmSync(join(staging.place, "rollout"), { recursive: true }),
      /no log of a rollout/,
    ],
    ["a gap in the log", async () => rmSync(join(staging.place, entry(4))), /has no entry 00000004/],
    [
      "an entry that is no event",
      async () => writeFileSync(join(staging.place, entry(4)), "{}"),
      /no rollout event/,
    ],
    [
      "no bundle",
      async () => rmSync(join(staging.place, "bundles"), { recursive: true }),
      /no bundle of staging/,
    ],
    [
      "a changed bundle",
      async () => writeFileSync(join(staging.place, "bundles", sha256, "canary_plan.md"), "x"),
      /canary_plan\.md/,
    ],
    [
      "another environment's bundle",
      async () => {
        const dev = await bundleIn("dev", hour(170));
        const name = verifyBundle({ contents: dev }).sha256;
        for (const [file, content] of dev) await put(`bundles/${name}/${file}`, content);
      },
      /it is of dev/,
    ],
  ])("is refused with %s", async (_, spoil, text) => {
    await spoil();
    expect(await problems()).toMatch(text);
  });

  it("is archived below the tag, with an index of every file's hash, once and for all", async () => {
    const left = await stagingLeft(staging, until);
    if ("problems" in left) throw new Error(left.problems.join());
    const store = evidenceFolder(join(directory, `store-${count}`));
    const progress: number[] = [];
    const kept = { released, earlier: [], staging: { ...left, read: staging.read } };
    await archive(store, "v2", { ...kept, progress: (done) => progress.push(done) });
    expect(progress.at(-1)).toBe(left.keys.length);
    const names = await store.names("archive/v2/staging/");
    expect(names.toSorted()).toEqual(left.keys.map((key) => `archive/v2/staging/${key}`).sort());
    const index = JSON.parse(Buffer.from(await store.read("archive/v2/index.json")).toString());
    expect(index.staging).toMatchObject({ events: sampleLog.length, head: left.head, bundles: [sha256] });
    const [key] = records as [string];
    const content = Buffer.from(await store.read(`archive/v2/staging/${key}`));
    expect(content.toString()).toBe(`of ${key}`);
    expect(index.staging.files.find((file: { key: string }) => file.key === key)).toEqual({
      key,
      sha256: createHash("sha256").update(content).digest("hex"),
      bytes: content.byteLength,
    });
    // One that was cut off goes on.
    await archive(store, "v2", kept);
    writeFileSync(join(staging.place, key), "another");
    await expect(archive(store, "v2", kept)).rejects.toThrow(/something else/);
  });
});
