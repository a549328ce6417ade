import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../../api/app.ts";
import type { ObjectStore } from "../../../api/storage/object-store.ts";
import { createS3ObjectStore } from "../../../api/storage/s3-object-store.ts";
import { userId, type YachtName, yachts } from "../../support/fleet.ts";
import { hashOf, type Member, physical, png, type StorageApi, startStorageApi } from "./storage-api.ts";

let storage: StorageApi;
const captain: Member = ["aurora", "captain"];
/** A neighbour in the same tenant, and a yacht of another one. */
const foreign = ["borealis", "calypso"] as const;
const bucket = "pms-part-photos";
const objects: Partial<Record<YachtName, { id: string; key: string }>> = {};

beforeAll(async () => {
  storage = await startStorageApi();
  for (const yacht of ["aurora", ...foreign] as const)
    objects[yacht] = await storage.stored([yacht, "captain"]);
});
afterAll(() => storage.stop());

const objectOf = (yacht: YachtName) => objects[yacht] as { id: string; key: string };
const answerOf = async (asked: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await asked;
  return [status, body.code];
};
const keys = async () => (await storage.aws.objects.list(physical[bucket])).map(({ key }) => key);
const isThere = async (yacht: YachtName) => (await keys()).includes(objectOf(yacht).key);

/** An id in the place of an object that this yacht still has to upload. */
async function registered(yacht: YachtName): Promise<string> {
  return String((await storage.register([yacht, "captain"], png())).body.object_id);
}

const administratorStore = (): ObjectStore =>
  createS3ObjectStore({ buckets: physical, clientOf: async () => storage.administrator });

/** The captain of Aurora asks an API whose store is not held by any session. */
async function askAsAdministrator(path: string, method: string, body?: object): Promise<Response> {
  const app = createApp({ ...storage.api.dependencies, store: administratorStore() });
  const authorization = `Bearer ${await storage.api.token(userId(...captain))}`;
  const headers = { authorization, "content-type": "application/json" };
  const query = body ? "" : `?yacht_id=${yachts.aurora}`;
  const sent = body && { body: JSON.stringify(body) };
  return app.request(`/v2/storage/objects/${path}${query}`, { method, headers, ...sent });
}

const asAdministrator = {
  view: (id: string) => askAsAdministrator(id, "GET"),
  remove: (id: string) => askAsAdministrator(id, "DELETE"),
  confirm: (id: string) => askAsAdministrator(`${id}/confirm`, "POST", { yacht_id: yachts.aurora }),
};

describe("an object of another yacht", () => {
  test.each(foreign)("of %s can neither be read, confirmed nor deleted", async (yacht) => {
    const { id } = objectOf(yacht);
    for (const ask of [storage.view, storage.confirm, storage.remove]) {
      expect(await answerOf(ask(captain, id))).toEqual([403, "object_forbidden"]);
      expect(await answerOf(ask(captain, await registered(yacht)))).toEqual([403, "object_forbidden"]);
    }
    expect(await isThere(yacht)).toBe(true);
  });

  test.each(foreign)("of %s cannot be listed or written, in its name or in one's own", async (yacht) => {
    const path = "/v2/storage/objects";
    const list = storage.api.ask(`${path}?yacht_id=${yachts[yacht]}`, { as: captain });
    expect(await answerOf(list)).toEqual([403, "not_a_member"]);
    const photo = png();
    const write = storage.register(captain, photo, { yacht_id: yachts[yacht] } as object);
    expect(await answerOf(write)).toEqual([403, "not_a_member"]);
    const part_id = storage.api.postgres.partIds[yacht]["P-1"];
    expect(await answerOf(storage.register(captain, photo, { part_id }))).toEqual([404, "part_not_found"]);
    const own = await storage.list(captain, `&part_id=${part_id}`);
    expect(own.body.objects).toEqual([]);
  });

  test("is not told from one that never was", async () => {
    const never = "0f0f0f0f-0000-8000-8000-000000000000";
    const [known, unknown] = [
      await storage.view(captain, objectOf("borealis").id),
      await storage.view(captain, never),
    ];
    expect(known.body.code).toBe(unknown.body.code);
    expect(known.body.message).toBe(unknown.body.message);
  });
});

describe("the session alone, with the row policy switched off,", () => {
  let owner: pg.Client;
  const policy = (condition: string) =>
    owner.query(
      `alter policy own_yacht on part_lens.storage_objects using (${condition}) with check (${condition})`,
    );

  beforeAll(async () => {
    owner = await storage.api.postgres.client("part_lens_migrator", storage.api.postgres.tenants.alpha);
    await owner.query("set role part_lens_owner");
    await policy("true");
  });
  afterAll(() => policy("yacht_id = (select nullif(current_setting('app.yacht_id', true), '')::uuid)"));

  test("shows that the row policy is off: the foreign row is found", async () => {
    const { pools } = storage.api.dependencies;
    const scope = {
      yacht_id: yachts.aurora,
      user_id: userId(...captain),
      role: "captain",
      version: "v2",
      request_id: "r",
    } as const;
    const found = await pools.call(storage.api.postgres.tenants.alpha, "v2_view_object", scope, {
      object_id: objectOf("borealis").id,
    });
    expect(found).toMatchObject({ yacht_id: yachts.borealis });
  });

  test("refuses to read, confirm and delete through the API", async () => {
    const { id } = objectOf("borealis");
    expect((await storage.view(captain, id)).status).toBe(403);
    expect(await answerOf(storage.remove(captain, id))).toEqual([403, "object_forbidden"]);
    const waiting = await registered("borealis");
    expect(await answerOf(storage.confirm(captain, waiting))).toEqual([403, "object_forbidden"]);
    expect(await isThere("borealis")).toBe(true);
    const auditor = await storage.api.postgres.client(
      "part_lens_auditor",
      storage.api.postgres.tenants.alpha,
    );
    const { rows } = await auditor.query("select state from part_lens.storage_objects where id = any($1)", [
      [id, waiting],
    ]);
    expect(rows.map(({ state }) => state).sort()).toEqual(["confirmed", "registered"]);
  });

  test("gives no URL that reads or writes there, and no other way in", async () => {
    const { store } = storage.api.dependencies;
    const place = { bucket, key: objectOf("borealis").key } as const;
    const photo = png();
    const content = { ...place, size: photo.byteLength, mimeType: "image/png", sha256: hashOf(photo) };
    const read = await store.signDownload(yachts.aurora, place);
    expect((await fetch(read.url)).status).toBe(403);
    const write = await store.signUpload(yachts.aurora, {
      ...content,
      key: `${yachts.borealis}/parts/new.png`,
    });
    const { "content-length": _, ...headers } = write.headers;
    expect((await fetch(write.url, { method: "PUT", headers, body: new Uint8Array(photo) })).status).toBe(
      403,
    );
    const refused = { code: "object_forbidden" };
    await expect(store.find(yachts.aurora, place, 1)).rejects.toMatchObject(refused);
    const nothing = { bucket, key: `${yachts.borealis}/parts/none.png` } as const;
    await expect(store.find(yachts.aurora, nothing, 1)).rejects.toMatchObject(refused);
    await expect(store.remove(yachts.aurora, place)).rejects.toMatchObject(refused);
    await expect(store.put(yachts.aurora, content, photo)).rejects.toMatchObject(refused);
    expect(await isThere("borealis")).toBe(true);
  });

  test("is what refused: without it too, the foreign object would be gone", async () => {
    const { id, key } = await storage.stored(["borealis", "captain"]);
    await asAdministrator.remove(id);
    expect(await keys()).not.toContain(key);
  });
});

describe("the row policy alone, with an administrator's credentials in the place of sessions,", () => {
  test("shows that the sessions are off: the store reaches the foreign object", async () => {
    const found = await administratorStore().find(
      yachts.aurora,
      { bucket, key: objectOf("borealis").key },
      40,
    );
    expect(found).toMatchObject({ mimeType: "image/png" });
  });

  test.each(foreign)("refuses to read, confirm and delete what is %s's", async (yacht) => {
    for (const attempt of Object.values(asAdministrator)) {
      const answer = await attempt(objectOf(yacht).id);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ code: "object_forbidden" });
    }
    expect(await isThere(yacht)).toBe(true);
  });
});

describe("the function's own credentials", () => {
  test("reach no object: only a yacht's session does", async () => {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = process.env;
    const sessionToken = process.env.AWS_SESSION_TOKEN ?? "";
    const own = new S3Client({
      region: "eu-west-1",
      endpoint: storage.api.variables.AWS_ENDPOINT_URL ?? "",
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      forcePathStyle: true,
    });
    const read = new GetObjectCommand({ Bucket: physical[bucket], Key: objectOf("aurora").key });
    await expect(own.send(read)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});
