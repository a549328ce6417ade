import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { userId, yachts } from "../../support/fleet.ts";
import {
  another,
  hashOf,
  type Member,
  physical,
  png,
  type StorageApi,
  send,
  startStorageApi,
  uploadOf,
} from "./storage-api.ts";

let storage: StorageApi;
const deckhand: Member = ["aurora", "deckhand"];
const captain: Member = ["aurora", "captain"];
const crew: Member = ["aurora", "crew"];

beforeAll(async () => {
  storage = await startStorageApi();
});
afterAll(() => storage.stop());

const statusAndCode = async (asked: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await asked;
  return [status, body.code];
};
const objectsIn = (bucket: string) => storage.aws.objects.list(bucket);

async function rowOf(id: string) {
  const client = await storage.api.postgres.client("part_lens_auditor", storage.api.postgres.tenants.alpha);
  const { rows } = await client.query("select * from part_lens.storage_objects where id = $1", [id]);
  await client.end();
  return rows[0];
}

async function auditOf(id: string) {
  const client = await storage.api.postgres.client("part_lens_auditor", storage.api.postgres.tenants.alpha);
  const query =
    "select action, actor from part_lens.pms_audit_log where new_values ->> 'object_id' = $1 order by sequence";
  const { rows } = await client.query(query, [id]);
  await client.end();
  return rows;
}

describe("an object", () => {
  test("is registered, uploaded, confirmed, read, listed and deleted", async () => {
    const photo = png(3000);
    const registered = await storage.register(deckhand, photo, { file_name: "filter.png" });
    const part = storage.api.postgres.partIds.aurora["P-1"];
    const key = `${yachts.aurora}/parts/${part}/filter.png`;
    expect(registered.body).toMatchObject({
      status: "success",
      action: "register_object",
      key,
      state: "registered",
    });
    expect(registered.headers.get("x-part-lens-version")).toBe("v2");
    const id = String(registered.body.object_id);
    expect((await storage.view(crew, id)).body).not.toHaveProperty("download");

    expect(await send(uploadOf(registered), photo)).toBe(200);
    expect((await storage.confirm(deckhand, id)).body).toMatchObject({
      state: "confirmed",
      sha256: hashOf(photo),
    });

    const viewed = await storage.view(crew, id);
    const download = await fetch((viewed.body.download as { url: string }).url);
    expect(download.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await download.arrayBuffer()).equals(photo)).toBe(true);
    const listed = await storage.list(crew, `&part_id=${part}&bucket=pms-part-photos`);
    expect(listed.body.objects).toEqual([
      expect.objectContaining({ object_id: id, key, state: "confirmed" }),
    ]);

    expect(await statusAndCode(storage.remove(deckhand, id))).toEqual([403, "role_not_allowed"]);
    expect((await storage.remove(captain, id)).body).toMatchObject({ state: "deleted" });
    expect(await objectsIn(physical["pms-part-photos"])).toEqual([]);
    expect(await statusAndCode(storage.view(crew, id))).toEqual([404, "object_not_found"]);
    expect((await storage.list(crew)).body.objects).toEqual([]);
    expect(await auditOf(id)).toEqual([
      { action: "register_object", actor: userId("aurora", "deckhand") },
      { action: "confirm_object", actor: userId("aurora", "deckhand") },
      { action: "delete_object", actor: userId("aurora", "captain") },
    ]);
  });

  test("is confirmed once, however often that is said, also at the same time", async () => {
    const photo = png();
    const registered = await storage.register(deckhand, photo);
    const id = String(registered.body.object_id);
    await send(uploadOf(registered), photo);
    const answers = await Promise.all(Array.from({ length: 6 }, () => storage.confirm(deckhand, id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await auditOf(id)).filter(({ action }) => action === "confirm_object")).toHaveLength(1);
  });

  test("is not confirmed before anything was uploaded, and can still be", async () => {
    const photo = png();
    const registered = await storage.register(deckhand, photo);
    const id = String(registered.body.object_id);
    expect(await statusAndCode(storage.confirm(deckhand, id))).toEqual([409, "object_not_uploaded"]);
    expect(await send(uploadOf(registered), photo)).toBe(200);
    expect((await storage.confirm(deckhand, id)).status).toBe(200);
  });

  test("of another size, type or content than registered is removed and its row rejected", async () => {
    const photo = png(100);
    const big = Buffer.concat([photo, Buffer.alloc(6 * 1024 * 1024)]);
    const other = png(100);
    const cases = [
      [{ body: other, contentType: "image/png" }, [409, "object_mismatch"]],
      [{ body: photo.subarray(0, 50), contentType: "image/png" }, [409, "object_mismatch"]],
      [{ body: big, contentType: "image/png" }, [413, "object_too_large"]],
      [{ body: photo, contentType: "text/html" }, [415, "object_type_not_allowed"]],
      [{ body: photo, contentType: "image/jpeg" }, [409, "object_mismatch"]],
    ] as const;
    for (const [{ body, contentType }, expected] of cases) {
      const { object_id, key } = (await storage.register(deckhand, photo)).body;
      // Past the signed URL: as if it had let this through.
      await storage.aws.objects.put(physical["pms-part-photos"], String(key), body, { contentType });
      expect(await statusAndCode(storage.confirm(deckhand, String(object_id)))).toEqual(expected);
      expect(await rowOf(String(object_id))).toMatchObject({ state: "rejected" });
      const left = await objectsIn(physical["pms-part-photos"]);
      expect(left.map((object) => object.key)).not.toContain(key);
      expect(await statusAndCode(storage.confirm(deckhand, String(object_id)))).toEqual([
        404,
        "object_not_found",
      ]);
    }
  });

  test("that is called an image and is none is refused", async () => {
    const page = Buffer.from("<html><script>alert(1)</script></html>");
    const registered = await storage.register(deckhand, page);
    expect(await send(uploadOf(registered), page)).toBe(200);
    const confirmed = storage.confirm(deckhand, String(registered.body.object_id));
    expect(await statusAndCode(confirmed)).toEqual([415, "object_type_not_allowed"]);
  });

  test("is not confirmed or viewed by an id that this yacht never gave", async () => {
    const { object_id } = (await storage.register(deckhand, png())).body;
    const unknown = String(object_id).replace(/.$/, another);
    expect(await statusAndCode(storage.view(crew, unknown))).toEqual([404, "object_not_found"]);
    expect(await statusAndCode(storage.confirm(deckhand, unknown))).toEqual([404, "object_not_found"]);
    expect(await statusAndCode(storage.remove(captain, unknown))).toEqual([404, "object_not_found"]);
    expect(await statusAndCode(storage.view(crew, "none"))).toEqual([400, "invalid_payload"]);
  });
});

describe("a key", () => {
  test("is registered by one of many at once, and never again, not even when its object is gone", async () => {
    const photo = png();
    const wanted = { file_name: "once.png" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => storage.register(deckhand, photo, wanted)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
    const first = answers.find(({ status }) => status === 200)!;
    const second = answers.find(({ status }) => status === 409)!;
    const object_id = first.body.object_id;
    expect(second.body).toMatchObject({
      code: "object_exists",
      existing: { object_id, state: "registered" },
    });
    await storage.remove(captain, String(object_id));
    expect(await statusAndCode(storage.register(deckhand, photo, wanted))).toEqual([409, "object_exists"]);
  });

  test("is written by one of many uploads at once", async () => {
    const photo = png();
    const upload = uploadOf(await storage.register(deckhand, photo));
    const sent = await Promise.all(Array.from({ length: 8 }, () => send(upload, photo)));
    expect(sent.sort()).toEqual([200, ...Array(7).fill(412)]);
  });
});

describe("a registration that is repeated with its idempotency key", () => {
  test("is told its first result, and another payload with that key is refused", async () => {
    const photo = png();
    const wanted = { file_name: "key.png", idempotency_key: "upload-1" };
    const first = await storage.register(deckhand, photo, wanted);
    const again = await storage.register(deckhand, photo, wanted);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      code: "duplicate_idempotency_key",
      result: { object_id: first.body.object_id, execution_id: first.body.execution_id },
    });
    const other = storage.register(deckhand, png(), { ...wanted, file_name: "other.png" });
    expect(await statusAndCode(other)).toEqual([409, "idempotency_key_reused"]);
  });
});

describe("a document that the API makes itself", () => {
  test("is confirmed by its action, read by everybody aboard, and confirmed by no upload", async () => {
    const part_ids = [storage.api.postgres.partIds.aurora["P-2"]];
    const made = await storage.api.execute("/v2", captain, "generate_part_labels", { part_ids });
    expect(made.body).toMatchObject({ status: "success", action: "generate_part_labels" });
    const id = String(made.body.document_id);
    const viewed = await storage.view(crew, id);
    expect(viewed.body).toMatchObject({
      state: "confirmed",
      bucket: "pms-label-pdfs",
      mime_type: "application/pdf",
    });
    const read = await fetch((viewed.body.download as { url: string }).url);
    expect(
      Buffer.from(await read.arrayBuffer())
        .subarray(0, 5)
        .toString(),
    ).toBe("%PDF-");
    expect(await auditOf(id)).toEqual([
      { action: "generate_part_labels", actor: userId("aurora", "captain") },
    ]);
    expect(await statusAndCode(storage.confirm(captain, id))).toEqual([403, "role_not_allowed"]);
    expect((await storage.remove(captain, id)).status).toBe(200);
  });
});

describe("a list", () => {
  test("comes page by page, newest first, each object once", async () => {
    const part_id = storage.api.postgres.partIds.aurora["P-3"];
    const made: unknown[] = [];
    for (let index = 0; index < 5; index++) {
      made.unshift((await storage.register(deckhand, png(), { part_id })).body.object_id);
    }
    const seen: unknown[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await storage.list(crew, `&part_id=${part_id}&limit=2${cursor}`);
      seen.push(...(body.objects as { object_id: string }[]).map(({ object_id }) => object_id));
      if (body.next_cursor === undefined) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(made);
  });

  test.each([
    "&limit=0",
    "&limit=101",
    "&limit=x",
    "&cursor=x",
    "&bucket=other",
    "&part_id=1",
    "&more=1",
    "&limit=1&limit=2",
  ])("refuses the query %s", async (query) => {
    expect((await storage.list(crew, query)).status).toBe(400);
  });
});
