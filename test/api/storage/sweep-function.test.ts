/** The scheduled sweep over a whole fleet: what its function answers, and what it tells. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { sweepFleet, YachtsFailedError } from "../../../api/storage/sweep-function.ts";
import { policyDocument } from "../../../infra/policy.ts";
import { sessionPolicy } from "../../../infra/storage/session-role.ts";
import { type YachtName, yachts } from "../../support/fleet.ts";
import {
  physical,
  png,
  type StorageApi,
  send,
  sessionRole,
  startStorageApi,
  uploadOf,
} from "./storage-api.ts";

let storage: StorageApi;
let variables: Record<string, string>;
const bucketArns = Object.values(physical).map((name) => `arn:aws:s3:::${name}`);
const right = sessionPolicy(bucketArns, "arn:aws:kms:::key/storage");

beforeAll(async () => {
  storage = await startStorageApi();
  const { host, port, database } = storage.api.postgres.master;
  variables = {
    ...{ STACK_ENVIRONMENT: "test", AWS_REGION: "eu-west-1", AWS_ENDPOINT_URL: storage.endpoint },
    ...{ MASTER_HOST: host, MASTER_PORT: String(port), MASTER_DATABASE: database },
    ...{ BUCKETS: JSON.stringify(physical), SESSION_ROLE: sessionRole },
  };
  for (const yacht of Object.keys(yachts) as YachtName[]) await storage.stored([yacht, "captain"]);
});
afterAll(() => storage.stop());

/** An object that was uploaded two hours ago, and never confirmed. */
async function forgotten(yacht: YachtName): Promise<void> {
  const photo = png();
  const registered = await storage.register([yacht, "captain"], photo);
  expect(await send(uploadOf(registered), photo)).toBe(200);
  const { tenants } = storage.api.postgres;
  for (const tenant of Object.values(tenants)) {
    const superuser = await storage.api.postgres.client("postgres", tenant);
    await superuser.query(
      "update part_lens.storage_objects set created_at = created_at - interval '2 hours' where id = $1",
      [registered.body.object_id],
    );
    await superuser.end();
  }
}

async function swept(changed: Record<string, string> = {}) {
  const lines: string[] = [];
  const found = await sweepFleet({ ...variables, ...changed }, (line) => lines.push(line));
  const counts = Object.entries(yachts).map(([name, id]) => {
    const { removed, failed } = found.find(({ yachtId }) => yachtId === id) ?? {};
    return [name, removed, failed];
  });
  const told = lines.map((line) => JSON.parse(line)).map(({ Job, JobFindings }) => [Job, JobFindings]);
  return { counts, told };
}

const objects = async () => (await storage.aws.objects.list(physical["pms-part-photos"])).length;

test("a fleet in which everything was confirmed keeps every object, and nobody is told", async () => {
  expect(await swept()).toEqual({
    counts: [
      ["aurora", 0, 0],
      ["borealis", 0, 0],
      ["calypso", 0, 0],
    ],
    told: [["sweep", 0]],
  });
  expect(await objects()).toBe(3);
});

test("what was forgotten is found in each tenant, and its bytes are gone", async () => {
  await forgotten("aurora");
  await forgotten("calypso");
  expect(await objects()).toBe(5);
  const { counts, told } = await swept();
  expect(counts).toEqual([
    ["aurora", 1, 0],
    ["borealis", 0, 0],
    ["calypso", 1, 0],
  ]);
  expect([told, await objects()]).toEqual([[["sweep", 0]], 3]);
});

test("what could not be removed is a finding, and gone with the next sweep that may", async () => {
  await forgotten("borealis");
  const reading = JSON.parse(right).Statement.map((one: { Action: string | string[] }) => ({
    ...one,
    Action: [one.Action].flat().filter((action) => action !== "s3:DeleteObject"),
  }));
  storage.aws.sessions.putRolePolicy("session", "session", policyDocument(reading));
  const { counts, told } = await swept();
  expect([counts[1], told, await objects()]).toEqual([["borealis", 0, 1], [["sweep", 1]], 4]);
  storage.aws.sessions.putRolePolicy("session", "session", right);
  expect((await swept()).told).toEqual([["sweep", 0]]);
  expect(await objects()).toBe(3);
});

test("a tenant out of reach fails the sweep, by yacht; variables that lack are named", async () => {
  const superuser = await storage.api.postgres.client("postgres", storage.api.postgres.master);
  await superuser.query("update part_lens.tenants set database = 'nowhere' where id = 'beta'");
  await expect(swept()).rejects.toThrow(YachtsFailedError);
  await expect(swept()).rejects.toThrow(yachts.calypso);
  await superuser.query("update part_lens.tenants set database = 'part_lens_tenant_beta' where id = 'beta'");
  await expect(sweepFleet({ ...variables, BUCKETS: "" }, () => undefined)).rejects.toThrow(/BUCKETS/);
});
