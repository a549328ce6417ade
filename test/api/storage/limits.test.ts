import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roles } from "../../support/fleet.ts";
import {
  another,
  type Bucket,
  type Member,
  png,
  type StorageApi,
  send,
  startStorageApi,
  uploadOf,
} from "./storage-api.ts";

let storage: StorageApi;
const bosun: Member = ["aurora", "bosun"];
const captain: Member = ["aurora", "captain"];
const megabyte = 1024 * 1024;

beforeAll(async () => {
  storage = await startStorageApi();
});
afterAll(() => storage.stop());

const answerOf = async (asked: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await asked;
  return [status, body.code];
};

describe("a bucket", () => {
  test.each([
    ["pms-part-photos", 5],
    ["pms-receiving-images", 10],
  ] as const)("%s takes %i MB and not a byte more", async (bucket, megabytes) => {
    const size_bytes = megabytes * megabyte;
    expect((await storage.register(bosun, png(), { bucket, size_bytes })).status).toBe(200);
    const over = await storage.register(bosun, png(), { bucket, size_bytes: size_bytes + 1 });
    expect([over.status, over.body.code]).toEqual([413, "object_too_large"]);
    expect(over.body).toMatchObject({ largest_bytes: size_bytes });
  });

  test.each([
    ["pms-part-photos", "image/jpeg", 200],
    ["pms-part-photos", "image/png", 200],
    ["pms-part-photos", "image/webp", 200],
    ["pms-part-photos", "image/heic", 200],
    ["pms-part-photos", "application/pdf", 415],
    ["pms-part-photos", "image/svg+xml", 415],
    ["pms-part-photos", "IMAGE/PNG", 415],
    ["pms-receiving-images", "application/pdf", 200],
    ["pms-receiving-images", "image/heic", 200],
    ["pms-receiving-images", "text/html", 415],
  ] as const)("%s answers the type %s with %i", async (bucket, mime_type, status) => {
    expect((await storage.register(bosun, png(), { bucket, mime_type })).status).toBe(status);
  });

  test.each(["pms-part-photos", "pms-receiving-images", "pms-label-pdfs"] as const)(
    "%s is written by those who receive parts, labels by no upload at all",
    async (bucket) => {
      const mime_type = bucket === "pms-label-pdfs" ? "application/pdf" : "image/png";
      const allowed: string[] = [];
      for (const role of roles) {
        const { status } = await storage.register(["aurora", role], png(), { bucket, mime_type });
        expect([200, 403]).toContain(status);
        if (status === 200) allowed.push(role);
      }
      const receivers = ["deckhand", "bosun", "eto", "chief_officer", "chief_engineer", "captain", "manager"];
      expect(allowed).toEqual(bucket === "pms-label-pdfs" ? [] : receivers);
    },
  );

  test("is emptied by heads of department only, and read by everybody aboard", async () => {
    const { id } = await storage.stored(captain);
    for (const role of roles) expect((await storage.view(["aurora", role], id)).status).toBe(200);
    const allowed: string[] = [];
    for (const role of roles) {
      const object = (await storage.register(captain, png())).body.object_id;
      if ((await storage.remove(["aurora", role], String(object))).status === 200) allowed.push(role);
    }
    expect(allowed).toEqual(["purser", "chief_officer", "chief_engineer", "captain", "manager"]);
  });
});

describe("a registration", () => {
  test.each<[string, object]>([
    ["no size", { size_bytes: undefined }],
    ["nothing in it", { size_bytes: 0 }],
    ["half a byte", { size_bytes: 1.5 }],
    ["a hash that is none", { sha256: "abc" }],
    ["a path for a name", { file_name: "../other.png" }],
    ["a folder in its name", { file_name: "a/b.png" }],
    ["a hidden file's name", { file_name: ".png" }],
    ["a name too long", { file_name: `${"a".repeat(100)}.png` }],
    ["an unknown bucket", { bucket: "part-lens-evidence" }],
    ["a key of its own", { key: "x" }],
    ["no part", { part_id: "P-1" }],
  ])("with %s is answered 400", async (_, wanted) => {
    const { status, body } = await storage.register(bosun, png(), wanted);
    expect([status, body.code]).toEqual([400, "invalid_payload"]);
  });

  test("needs a token, a membership and a yacht that v2 serves", async () => {
    const path = "/v2/storage/objects";
    expect((await storage.api.ask(path, { body: {} })).status).toBe(401);
    expect((await storage.api.ask(path)).status).toBe(401);
    storage.api.setFlags({ cohort: ["borealis"] });
    expect(await answerOf(storage.list(bosun))).toEqual([409, "version_not_enabled"]);
    expect(await answerOf(storage.register(bosun, png()))).toEqual([409, "version_not_enabled"]);
    storage.api.setFlags({ cohort: ["aurora", "borealis", "calypso"], stage: "full-100" });
  });
});

describe("an upload URL", () => {
  const photo = png(64);
  const registered = async (bucket: Bucket = "pms-part-photos") =>
    uploadOf(await storage.register(bosun, photo, { bucket }));

  test("takes the file once", async () => {
    const upload = await registered();
    expect(await send(upload, photo)).toBe(200);
    expect(await send(upload, photo)).toBe(412);
  });

  test.each<[string, (upload: { url: string }) => string]>([
    ["another key", ({ url }) => url.replace(".png", "x.png")],
    [
      "another yacht",
      ({ url }) =>
        url.replace("a0000000-0000-4000-8000-000000000001", "a0000000-0000-4000-8000-000000000002"),
    ],
    ["another bucket", ({ url }) => url.replace("part-lens-test-photos", "part-lens-test-images")],
    ["a longer life", ({ url }) => url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000")],
    ["fewer signed headers", ({ url }) => url.replace("content-length%3B", "")],
    [
      "another signature",
      ({ url }) => url.replace(/Signature=(.)/, (_, digit) => `Signature=${another(digit)}`),
    ],
  ])("changed to %s is refused", async (_, tamper) => {
    const upload = await registered();
    const url = tamper(upload);
    expect(url).not.toBe(upload.url);
    expect(await send({ ...upload, url }, photo)).toBe(403);
  });

  test.each<[string, Uint8Array, Record<string, string>]>([
    ["a longer file", Buffer.concat([photo, photo]), {}],
    ["a shorter file", photo.subarray(0, 32), {}],
    ["another type", photo, { "content-type": "text/html" }],
    ["the hash of another file", photo, { "x-amz-checksum-sha256": Buffer.alloc(32).toString("base64") }],
    ["a header that was not signed", photo, { "x-amz-acl": "public-read" }],
  ])("refuses %s", async (_, bytes, headers) => {
    expect(await send(await registered(), bytes, headers)).toBe(403);
  });

  test.each(["if-none-match", "x-amz-checksum-sha256", "content-type"])(
    "refuses an upload without %s",
    async (name) => {
      const { url, method, headers } = await registered();
      const { [name]: _, ...rest } = headers;
      expect(await send({ url, method, headers: rest }, photo)).toBe(403);
    },
  );

  test("refuses an upload whose length is not said", async () => {
    const { url, headers } = await registered();
    const { "content-length": _, ...rest } = headers;
    const status = await new Promise((resolve, reject) => {
      const sent = request(url, { method: "PUT", headers: { ...rest, "transfer-encoding": "chunked" } });
      sent.on("response", (response) => resolve(response.resume().statusCode)).on("error", reject);
      sent.end(photo);
    });
    expect(status).toBe(403);
  });

  test("neither reads nor deletes", async () => {
    const { url } = await registered();
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(403);
  });
});

describe("a photo that a delivery names", () => {
  const receive = (photo_storage_path: string, key: string) =>
    storage.api.execute(
      "/v2",
      bosun,
      "receive_part",
      { part_id: storage.api.postgres.partIds.aurora["P-1"], quantity_received: 1, photo_storage_path },
      key,
    );

  test("must be an image of this yacht, confirmed or about to be", async () => {
    const confirmed = await storage.stored(captain, png(), { bucket: "pms-receiving-images" });
    expect((await receive(confirmed.key, "photo-1")).status).toBe(200);
    const waiting = await storage.register(bosun, png());
    expect((await receive(String(waiting.body.key), "photo-2")).status).toBe(200);
    await storage.remove(captain, confirmed.id);
    expect(await answerOf(receive(confirmed.key, "photo-3"))).toEqual([404, "object_not_found"]);
    const unknown = confirmed.key.replace(".png", "x.png");
    expect(await answerOf(receive(unknown, "photo-4"))).toEqual([404, "object_not_found"]);
    const foreign = await storage.stored(["borealis", "captain"]);
    expect(await answerOf(receive(foreign.key, "photo-5"))).toEqual([403, "object_forbidden"]);
    expect(await answerOf(receive("somewhere/else.png", "photo-6"))).toEqual([403, "object_forbidden"]);
  });

  test("does not stop a delivery that has none, and a refused one takes nothing in", async () => {
    const level = async () =>
      (
        await storage.api.execute("/v2", bosun, "view_part_details", {
          part_id: storage.api.postgres.partIds.aurora["P-1"],
        })
      ).body.part;
    const before = await level();
    expect((await receive("somewhere/else.png", "photo-7")).status).toBe(403);
    expect(await level()).toEqual(before);
  });
});
