import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { closeConnections } from "../../monitoring/job-databases.ts";
import type { JobsEnv } from "../../monitoring/jobs-env.ts";
import { searchOrphans } from "../../monitoring/orphan-search.ts";
import { physical, png, type StorageApi, sessionRole, startStorageApi } from "../api/storage/storage-api.ts";
import { yachts } from "../support/fleet.ts";

let storage: StorageApi;
let superuser: pg.Client;
let env: JobsEnv;

beforeAll(async () => {
  storage = await startStorageApi();
  const { postgres } = storage.api;
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  const { endpoint } = storage;
  env = {
    environment: "test",
    master: postgres.master,
    storage: { buckets: physical, sessionRole, region: "eu-west-1", endpoint },
  };
});
afterAll(async () => {
  await closeConnections();
  await storage.stop();
});

const photos = "pms-part-photos" as const;

async function orphans() {
  const found = await searchOrphans(env, () => undefined);
  return found.flatMap(({ tenant, orphans: seen }) => seen.map(({ kind, key }) => [tenant, kind, key]));
}

test("a fleet whose rows and objects match has no orphan, whatever state they are in", async () => {
  await storage.stored(["aurora", "captain"]);
  await storage.stored(["calypso", "captain"]);
  const gone = await storage.stored(["borealis", "captain"]);
  await storage.remove(["borealis", "captain"], gone.id);
  await storage.register(["aurora", "captain"], png());
  const found = await searchOrphans(env, () => undefined);
  expect(found.map(({ objects, rows }) => [objects, rows]).sort()).toEqual([
    [0, 1],
    [1, 1],
    [1, 2],
  ]);
  expect(await orphans()).toEqual([]);
});

test("a row without its object, an object without a row, and one that nobody swept are each found", async () => {
  const lost = await storage.stored(["aurora", "captain"]);
  await storage.aws.objects.delete(physical[photos], lost.key);
  const stray = `${yachts.calypso}/parts/stray.png`;
  await storage.aws.objects.put(physical[photos], stray, png(), {});
  const late = await storage.register(["borealis", "captain"], png());
  await superuser.query(
    "update part_lens.storage_objects set created_at = now() - interval '3 days' where id = $1",
    [late.body.object_id],
  );
  expect((await orphans()).sort()).toEqual([
    ["alpha", "rowWithoutObject", lost.key],
    ["alpha", "unswept", late.body.key],
    ["beta", "objectWithoutRow", stray],
  ]);
  await storage.aws.objects.delete(physical[photos], stray);
});

test("an object that came back after the sweep had removed it is one without a row", async () => {
  const back = await storage.stored(["calypso", "captain"]);
  const { postgres } = storage.api;
  const beta = await postgres.client("postgres", postgres.tenants.beta);
  await beta.query(
    "update part_lens.storage_objects set state = 'deleted', swept_at = now() - interval '1 hour' where id = $1",
    [back.id],
  );
  expect(await orphans()).toContainEqual(["beta", "objectWithoutRow", back.key]);
});

test("variables that name no buckets fail the search", async () => {
  const { storage: _, ...without } = env;
  await expect(searchOrphans(without, () => undefined)).rejects.toThrow(/BUCKETS/);
});
