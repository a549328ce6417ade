import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../../infra/local/clock.ts";
import { LocalAws } from "../../infra/local/services/local-aws.ts";
import { evidenceBucket } from "../../monitoring/evidence-store-adapter.ts";
import type { EvidenceStore } from "../../monitoring/readiness/archive.ts";

const region = "eu-central-1";
const directory = mkdtempSync(join(tmpdir(), "part-lens-store-"));
const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
let store: EvidenceStore;
let missing: EvidenceStore;

beforeAll(async () => {
  const endpoint = await aws.start();
  await aws.objects.createBucket("part-lens-evidence");
  const client = new S3Client({
    endpoint,
    region,
    credentials: aws.sessions.administrator,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  store = evidenceBucket("part-lens-evidence", client);
  missing = evidenceBucket("no-such-bucket", client);
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true, force: true });
});

test("what is kept is read back to the byte, and never written over", async () => {
  const der = Buffer.from([0x30, 0x45, 0x02, 0x21, 0x00, 0xff, 0x0a]);
  expect(await store.create("bundles/1/manifest.sig", der)).toBe(true);
  expect(await store.create("bundles/1/manifest.sig", Buffer.from("another"))).toBe(false);
  expect(Buffer.from(await store.read("bundles/1/manifest.sig"))).toEqual(der);
});

test("what could not be kept is an error, not a file that was there", async () => {
  await expect(missing.create("bundles/1/a.json", Buffer.from("{}"))).rejects.toThrow();
  await expect(store.read("bundles/2/a.json")).rejects.toThrow();
});

test("everything below a prefix is named, however much it is", async () => {
  for (let index = 0; index < 1005; index++)
    await aws.objects.put("part-lens-evidence", `reports/probe/${index}.json`, Buffer.from("{}"), {});
  expect(await store.names("reports/")).toHaveLength(1005);
  expect(await store.names("bundles/")).toEqual(["bundles/1/manifest.sig"]);
  expect(await store.names("incidents/")).toEqual([]);
});
