import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { type Credentials, roleArn } from "../../../../infra/local/services/session-service.ts";
import { sessionPolicy } from "../../../../infra/storage/session-role.ts";

const region = "eu-central-1";
const Bucket = "pms-part-photos";
const [own, foreign] = ["0a0a0a0a-1111-4222-8333-444444444444", "0b0b0b0b-1111-4222-8333-444444444444"];
const directory = mkdtempSync(join(tmpdir(), "local-s3-"));
const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
let endpoint: string;
let admin: S3Client;
let yacht: S3Client;

const clientOf = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) =>
  new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    forcePathStyle: true,
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });

beforeAll(async () => {
  endpoint = await aws.start();
  await aws.objects.createBucket(Bucket);
  admin = clientOf(aws.sessions.administrator);
  const caller = aws.sessions.find(aws.sessions.administrator.accessKeyId);
  aws.sessions.putRole({ arn: roleArn("signer"), name: "signer", assumeRolePolicy: "{}" });
  aws.sessions.putRolePolicy("signer", "own", sessionPolicy([`arn:aws:s3:::${Bucket}`], "arn:key"));
  const tagged = { roleArn: roleArn("signer"), sessionName: "s", tags: { yacht_id: own } };
  yacht = clientOf(aws.sessions.assumeRole(caller as NonNullable<typeof caller>, tagged));
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

/** The error's name, or "ok". */
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "ok",
    (error: Error) => error.name,
  );
const key = (yachtId: string, file: string) => `${yachtId}/parts/p 1/${file}`;
const put = (client: S3Client, Key: string, Body = "photo", extra = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "image/png", ...extra }));

describe("objects", () => {
  it("are put, read, described, listed and deleted", async () => {
    const Key = key(own, "ünïcode+plus&more.png");
    const { ETag } = await put(yacht, Key, "a photo", { Metadata: { part: "p1" } });
    expect(ETag).toBe(`"${createHash("md5").update("a photo").digest("hex")}"`);
    const got = await yacht.send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe("a photo");
    const head = await yacht.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({ ContentType: "image/png", ContentLength: 7, Metadata: { part: "p1" } });
    const list = await yacht.send(new ListObjectsV2Command({ Bucket, Prefix: `${own}/` }));
    expect(list.Contents?.map((object) => object.Key)).toEqual([Key]);
    await yacht.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await outcome(admin.send(new GetObjectCommand({ Bucket, Key })))).toBe("NoSuchKey");
    // Who may list only what lies below a prefix is refused what is absent.
    expect(await outcome(yacht.send(new GetObjectCommand({ Bucket, Key })))).toBe("AccessDenied");
  });

  it("are listed page by page, in the order of their keys", async () => {
    for (const file of ["3", "1", "2"]) await put(admin, `pages/${file}`);
    const page = (ContinuationToken?: string) =>
      admin.send(new ListObjectsV2Command({ Bucket, Prefix: "pages/", MaxKeys: 2, ContinuationToken }));
    const first = await page();
    expect(first).toMatchObject({ IsTruncated: true, KeyCount: 2 });
    const second = await page(first.NextContinuationToken);
    const keys = [first, second].flatMap(({ Contents }) => Contents?.map((object) => object.Key));
    expect(keys).toEqual(["pages/1", "pages/2", "pages/3"]);
    expect(second.IsTruncated).toBe(false);
  });

  it("are never overwritten when the writer says If-None-Match, not even by eight at once", async () => {
    const Key = key(own, "once.png");
    const writes = Array.from({ length: 8 }, (_, index) =>
      outcome(put(yacht, Key, `writer ${index}`, { IfNoneMatch: "*" })),
    );
    const outcomes = (await Promise.all(writes)).sort();
    expect(outcomes).toEqual([...Array(7).fill("PreconditionFailed"), "ok"]);
  });

  it("of a bucket that does not exist are not found, and what is not simulated is named", async () => {
    const nowhere = new GetObjectCommand({ Bucket: "no-such-bucket", Key: "x" });
    expect(await outcome(admin.send(nowhere))).toBe("NoSuchBucket");
    const copy = new CopyObjectCommand({ Bucket, Key: "x", CopySource: `${Bucket}/y` });
    await expect(admin.send(copy)).rejects.toThrow("is not simulated");
  });
});

describe("a session tagged with its yacht", () => {
  const Key = key(foreign, "secret.png");
  it.each([
    ["read", () => yacht.send(new GetObjectCommand({ Bucket, Key }))],
    ["write", () => put(yacht, Key)],
    ["delete", () => yacht.send(new DeleteObjectCommand({ Bucket, Key }))],
    ["list", () => yacht.send(new ListObjectsV2Command({ Bucket, Prefix: `${foreign}/` }))],
    ["list everything", () => yacht.send(new ListObjectsV2Command({ Bucket }))],
    ["list by a part of its own id", () => yacht.send(new ListObjectsV2Command({ Bucket, Prefix: own }))],
    [
      "read by a path that climbs",
      () => yacht.send(new GetObjectCommand({ Bucket, Key: `${own}x/../${Key}` })),
    ],
  ])("may not %s another yacht's objects", async (_, attempt) => {
    await put(admin, Key);
    expect(await outcome(attempt())).toBe("AccessDenied");
  });

  it("is the only kind of function credentials that reaches an object", async () => {
    const untagged = clientOf(aws.sessions.forRole(roleArn("api")));
    expect(await outcome(put(untagged, key(own, "x.png")))).toBe("AccessDenied");
  });
});

describe("presigned URLs", () => {
  const signed = (client: S3Client, command: GetObjectCommand | PutObjectCommand, options = {}) =>
    getSignedUrl(client, command, { expiresIn: 60, ...options });
  const upload = (ContentLength: number, Key = key(own, `upload-${Math.random()}.png`)) =>
    signed(
      yacht,
      new PutObjectCommand({ Bucket, Key, ContentType: "image/png", ContentLength, IfNoneMatch: "*" }),
      {
        signableHeaders: new Set(["host", "content-type", "content-length", "if-none-match"]),
      },
    );
  const headers = { "content-type": "image/png", "if-none-match": "*" };

  it("let their holder upload once, and read", async () => {
    const Key = key(own, "once more.png");
    const url = await upload(5, Key);
    const send = () => fetch(url, { method: "PUT", headers, body: "photo" });
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(412);
    const read = await fetch(await signed(yacht, new GetObjectCommand({ Bucket, Key })));
    expect([read.status, await read.text()]).toEqual([200, "photo"]);
  });

  it.each([
    ["another length", { body: "a longer photo", headers }],
    ["another type", { body: "photo", headers: { ...headers, "content-type": "image/svg+xml" } }],
    ["a header that was not signed", { body: "photo", headers: { ...headers, "x-amz-acl": "public-read" } }],
    ["no condition", { body: "photo", headers: { "content-type": "image/png" } }],
  ])("refuse an upload with %s", async (_, init) => {
    expect((await fetch(await upload(5), { method: "PUT", ...init })).status).toBe(403);
  });

  it("refuse an upload whose length was not said", async () => {
    const url = new URL(await upload(5));
    const status = await new Promise((resolve, reject) => {
      const sent = request(url, { method: "PUT", headers: { ...headers, "transfer-encoding": "chunked" } });
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
      sent.end("photo");
    });
    expect(status).toBe(403);
  });

  it.each([
    ["another key", (url: string) => url.replace("read.png", "other.png")],
    ["another yacht's key", (url: string) => url.replace(own, foreign)],
    ["a longer life", (url: string) => url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000")],
    ["a query parameter more", (url: string) => `${url}&response-content-type=text/html`],
    ["a query parameter less", (url: string) => url.replace("&x-id=GetObject", "")],
    ["another signature", (url: string) => url.replace(/Signature=...../, "Signature=00000")],
    [
      "another date",
      (url: string) => url.replace(/X-Amz-Date=\d{8}T\d{4}/, (date) => `${date.slice(0, -1)}0`),
    ],
    ["no session token", (url: string) => url.replace(/&X-Amz-Security-Token=[^&]+/, "")],
    ["no signed headers", (url: string) => url.replace("SignedHeaders=host", "SignedHeaders=")],
  ])("refuse %s", async (_, tamper) => {
    const Key = key(own, "read.png");
    for (const file of ["read.png", "other.png"]) await put(admin, key(own, file));
    // Never on a full ten minutes, where "another date" would be the same.
    const signingDate = new Date(Math.floor(Date.now() / 600_000) * 600_000 - 240_000);
    const url = await signed(yacht, new GetObjectCommand({ Bucket, Key }), { signingDate, expiresIn: 3600 });
    const sixty = await signed(yacht, new GetObjectCommand({ Bucket, Key }));
    const chosen = tamper(sixty) === sixty ? url : sixty;
    expect((await fetch(chosen)).status).toBe(200);
    const tampered = tamper(chosen);
    expect(tampered).not.toBe(chosen);
    expect((await fetch(tampered)).status).toBe(403);
  });

  it("refuse another method", async () => {
    const url = await signed(yacht, new GetObjectCommand({ Bucket, Key: key(own, "read.png") }));
    expect((await fetch(url, { method: "DELETE" })).status).toBe(403);
  });

  it("expire in real time, and are not valid before their date", async () => {
    const Key = key(own, "read.png");
    await put(admin, Key);
    const at = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    const signedAt = (minutes: number) =>
      signed(yacht, new GetObjectCommand({ Bucket, Key }), { signingDate: at(minutes), expiresIn: 120 });
    expect((await fetch(await signedAt(-1))).status).toBe(200);
    const expired = await fetch(await signedAt(-3));
    expect([expired.status, await expired.text()]).toEqual([
      403,
      expect.stringContaining("Request has expired"),
    ]);
    expect((await fetch(await signedAt(30))).status).toBe(403);
  });

  it("by a wrong secret or for another yacht do not work", async () => {
    const command = () => new GetObjectCommand({ Bucket, Key: key(foreign, "secret.png") });
    await put(admin, key(foreign, "secret.png"));
    const forged = clientOf({ ...aws.sessions.administrator, secretAccessKey: "guessed" });
    expect((await fetch(await signed(forged, command()))).status).toBe(403);
    expect((await fetch(await signed(yacht, command()))).status).toBe(403);
    expect((await fetch(await signed(admin, command()))).status).toBe(200);
  });
});

describe("a signed request whose body was exchanged on the way", () => {
  it("is refused", async () => {
    const Key = key(own, "body.png");
    const client = clientOf(aws.sessions.administrator);
    client.middlewareStack.add(
      (next) => async (args) => {
        (args.request as { body: string }).body = "other";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low", name: "exchange" },
    );
    expect(await outcome(put(client, Key, "photo"))).toBe("XAmzContentSHA256Mismatch");
  });
});
