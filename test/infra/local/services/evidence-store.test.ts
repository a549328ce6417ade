import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import type { Properties } from "../../../../infra/local/realiser.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { type Credentials, roleArn } from "../../../../infra/local/services/session-service.ts";
import { policyDocument } from "../../../../infra/policy.ts";
import { evidenceStatements } from "../../../../infra/storage/evidence-access.ts";

const region = "eu-central-1";
const Bucket = "part-lens-local-evidence-000000000000";
const role = "part-lens-local-rollback";
const directory = mkdtempSync(join(tmpdir(), "local-evidence-"));
const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
let clientOf: (credentials: Credentials, more?: object) => S3Client;
let client: S3Client;

const make = (type: string, inputs: Properties) => {
  const realiser = aws.realisers().find(({ types }) => types.includes(type));
  if (!realiser) throw new Error(`no realiser for ${type}`);
  return realiser.create({ type, name: "evidence", inputs });
};

/** The bucket and the function's role as the program makes them. */
beforeAll(async () => {
  const endpoint = await aws.start();
  await make("aws:s3/bucket:Bucket", { bucket: Bucket, objectLockEnabled: true });
  await make("aws:s3/bucketVersioning:BucketVersioning", {
    bucket: Bucket,
    versioningConfiguration: { status: "Enabled" },
  });
  await make("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
    bucket: Bucket,
    rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
  });
  await make("aws:iam/role:Role", { name: role, assumeRolePolicy: "{}" });
  const keeping = {
    bucketArn: `arn:aws:s3:::${Bucket}`,
    encryptionKeyArn: "arn:key",
    signingKeyArn: "arn:key",
  };
  const use = { read: ["rollout/log/"], write: ["rollout/log/", "incidents/"] } as const;
  const policy = policyDocument(evidenceStatements(keeping, use));
  await make("aws:iam/rolePolicy:RolePolicy", { role, name: "evidence", policy });
  clientOf = ({ accessKeyId, secretAccessKey, sessionToken }, more = {}) =>
    new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      forcePathStyle: true,
      maxAttempts: 1,
      ...more,
    });
  client = clientOf(aws.sessions.forRole(roleArn(role)));
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error: Error) => error.name,
  );
const put = (Key: string, Body = "{}", more: object = {}, by = client) =>
  by.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, VersionId?: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Body?.transformToString();
};

describe("a function's own role in the evidence bucket", () => {
  it("writes, reads and lists below the prefixes of its policy", async () => {
    await put("rollout/log/000001.json", "first", { IfNoneMatch: "*" });
    expect(await read("rollout/log/000001.json")).toBe("first");
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "rollout/log/" }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(["rollout/log/000001.json"]);
    expect(await outcome(read("rollout/log/none.json"))).toBe("NoSuchKey");
  });

  it("is refused beside them, and so is a role without a policy", async () => {
    expect(await outcome(put("bundles/x.json"))).toBe("AccessDenied");
    await put("incidents/one.json");
    expect(await outcome(read("incidents/one.json"))).toBe("AccessDenied");
    const deletion = new DeleteObjectCommand({ Bucket, Key: "rollout/log/000001.json" });
    expect(await outcome(client.send(deletion))).toBe("AccessDenied");
    const other = clientOf(aws.sessions.forRole(roleArn("part-lens-local-other")));
    expect(await outcome(put("rollout/log/9.json", "{}", {}, other))).toBe("AccessDenied");
  });

  it("never takes a number that another writer took, not even of eight at once", async () => {
    const Key = "rollout/log/000002.json";
    const writes = Array.from({ length: 8 }, (_, index) =>
      outcome(put(Key, `writer ${index}`, { IfNoneMatch: "*" })),
    );
    expect((await Promise.all(writes)).sort()).toEqual([...Array(7).fill("PreconditionFailed"), "ok"]);
  });

  it("is refused an upload that says no checksum, as S3 does where objects are locked", async () => {
    const careless = clientOf(aws.sessions.forRole(roleArn(role)), {
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
    expect(await outcome(put("incidents/two.json", "{}", {}, careless))).toBe("InvalidRequest");
  });
});

describe("a locked version", () => {
  it("stays readable under its id when the key is written again or deleted", async () => {
    const Key = "incidents/kept.json";
    const admin = clientOf(aws.sessions.administrator);
    const first = await put(Key, "as it was");
    const second = await put(Key, "changed");
    expect(first.VersionId).not.toBe(second.VersionId);
    const text = async (VersionId?: string) => {
      const { Body } = await admin.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      return Body?.transformToString();
    };
    expect([await text(), await text(first.VersionId)]).toEqual(["changed", "as it was"]);
    await admin.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await outcome(text())).toBe("NoSuchKey");
    expect([await text(first.VersionId), await text(second.VersionId)]).toEqual(["as it was", "changed"]);
  });

  it("cannot be deleted by anybody, and says until when", async () => {
    const Key = "incidents/locked.json";
    const admin = clientOf(aws.sessions.administrator);
    const { VersionId } = await put(Key, "locked");
    expect(await outcome(admin.send(new DeleteObjectCommand({ Bucket, Key, VersionId })))).toBe(
      "AccessDenied",
    );
    const head = await admin.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({ VersionId, ObjectLockMode: "COMPLIANCE" });
    const days = ((head.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(399.9);
    expect(days).toBeLessThanOrEqual(400);
  });
});
