import { afterAll, beforeAll, expect, test } from "vitest";
import { createSweep } from "../../../api/storage/sweep.ts";
import { yachts } from "../../support/fleet.ts";
import {
  type Member,
  physical,
  png,
  type StorageApi,
  send,
  startStorageApi,
  type uploadOf,
} from "./storage-api.ts";

let storage: StorageApi;
const captain: Member = ["aurora", "captain"];

beforeAll(async () => {
  storage = await startStorageApi();
});
afterAll(() => storage.stop());

const tenant = () => storage.api.postgres.tenants.alpha;
const keys = async () =>
  (await storage.aws.objects.list(physical["pms-part-photos"])).map(({ key }) => key).sort();

async function age(...ids: string[]): Promise<void> {
  const superuser = await storage.api.postgres.client("postgres", tenant());
  const older =
    "update part_lens.storage_objects set created_at = created_at - interval '61 minutes' where id = any($1)";
  await superuser.query(older, [ids]);
  await superuser.end();
}

async function statesOf(...ids: string[]): Promise<string[]> {
  const auditor = await storage.api.postgres.client("part_lens_auditor", tenant());
  const query =
    "select id, state, swept_at is not null as swept from part_lens.storage_objects where id = any($1)";
  const { rows } = await auditor.query(query, [ids]);
  await auditor.end();
  return ids.map((id) => {
    const row = rows.find((found) => found.id === id);
    return `${row?.state}${row?.swept ? ", swept" : ""}`;
  });
}

async function uploaded(member: Member = captain) {
  const photo = png();
  const { body } = await storage.register(member, photo);
  const upload = body.upload as ReturnType<typeof uploadOf>;
  await send(upload, photo);
  return { id: String(body.object_id), key: String(body.key), again: () => send(upload, photo) };
}

const sweep = () => {
  const { pools, store } = storage.api.dependencies;
  return createSweep(pools, store)(tenant(), yachts.aurora);
};

test("what nobody confirmed within an hour is removed, and what came again after its end; nothing else", async () => {
  const forgotten = await uploaded();
  const empty = String((await storage.register(captain, png())).body.object_id);
  const fresh = await uploaded();
  const kept = await storage.stored(captain);
  const deleted = await uploaded();
  await storage.remove(captain, deleted.id);
  expect(await deleted.again()).toBe(200);
  const neighbour = await uploaded(["borealis", "captain"]);
  await age(forgotten.id, empty, kept.id, deleted.id, neighbour.id);

  expect(await sweep()).toEqual({ yachtId: yachts.aurora, removed: 3, failed: 0 });
  expect(await keys()).toEqual([fresh.key, kept.key, neighbour.key].sort());
  const states = await statesOf(forgotten.id, empty, fresh.id, kept.id, deleted.id, neighbour.id);
  expect(states).toEqual([
    "rejected, swept",
    "rejected, swept",
    "registered",
    "confirmed",
    "deleted, swept",
    "registered",
  ]);
  expect(await sweep()).toMatchObject({ removed: 0 });
  expect((await storage.confirm(captain, forgotten.id)).status).toBe(404);
});

test("what could not be removed is tried again by the next sweep", async () => {
  const forgotten = await uploaded();
  await age(forgotten.id);
  const { pools, store } = storage.api.dependencies;
  const broken = createSweep(pools, { ...store, remove: () => Promise.reject(new Error("down")) });
  expect(await broken(tenant(), yachts.aurora)).toMatchObject({ removed: 0, failed: 1 });
  expect(await statesOf(forgotten.id)).toEqual(["rejected"]);
  expect(await sweep()).toMatchObject({ removed: 1, failed: 0 });
  expect(await keys()).not.toContain(forgotten.key);
});

test("two sweeps and a confirmation at once end in one of two ways, each whole", async () => {
  for (let round = 0; round < 5; round++) {
    const object = await uploaded();
    await age(object.id);
    const [confirmed] = await Promise.all([storage.confirm(captain, object.id), sweep(), sweep()]);
    await sweep();
    const [state] = await statesOf(object.id);
    const isThere = (await keys()).includes(object.key);
    expect([confirmed.status, state, isThere]).toEqual(
      confirmed.status === 200 ? [200, "confirmed", true] : [confirmed.status, "rejected, swept", false],
    );
    expect([200, 404, 409]).toContain(confirmed.status);
  }
});
