import { afterAll, beforeAll, expect, test } from "vitest";
import { roleArn } from "../../../infra/local/services/session-service.ts";
import { policyDocument } from "../../../infra/policy.ts";
import { sessionPolicy } from "../../../infra/storage/session-role.ts";
import { closeConnections } from "../../../monitoring/job-databases.ts";
import type { JobsEnv } from "../../../monitoring/jobs-env.ts";
import { metrics } from "../../../monitoring/metrics.ts";
import { type FleetProbe, probe } from "../../../monitoring/probes/probe.ts";
import { physical, type StorageApi, sessionRole, startStorageApi } from "../../api/storage/storage-api.ts";

let storage: StorageApi;
let env: JobsEnv;
const bucketArns = Object.values(physical).map((name) => `arn:aws:s3:::${name}`);
const right = sessionPolicy(bucketArns, "arn:aws:kms:::key/storage");

beforeAll(async () => {
  storage = await startStorageApi();
  for (const yacht of ["aurora", "borealis", "calypso"] as const) await storage.stored([yacht, "captain"]);
  env = {
    environment: "test",
    master: storage.api.postgres.master,
    storage: {
      buckets: physical,
      sessionRole,
      region: "eu-west-1",
      endpoint: storage.endpoint,
    },
  };
});
afterAll(async () => {
  await closeConnections();
  await storage.stop();
});

async function probed() {
  const printed: string[] = [];
  const found = await probe(env, (line) => printed.push(line));
  const objects = found.find(({ tenant }) => tenant === "objects") as FleetProbe;
  const line = printed
    .map((text) => JSON.parse(text))
    .find(({ _aws, tenant }) => _aws && tenant === "objects");
  return { objects, line };
}

async function probedUnder(policy: string) {
  storage.aws.sessions.putRolePolicy("session", "session", policy);
  try {
    return await probed();
  } finally {
    storage.aws.sessions.putRolePolicy("session", "session", right);
  }
}

const keys = async () => {
  const all = await Promise.all(Object.values(physical).map((bucket) => storage.aws.objects.list(bucket)));
  return all
    .flat()
    .map(({ key }) => key)
    .sort();
};
const operations = ({ violations }: FleetProbe) =>
  [...new Set(violations.map(({ operation }) => operation))].sort();

test("sessions that are held to their yacht reach nothing in any bucket, and nothing is changed", async () => {
  const before = await keys();
  const { objects, line } = await probed();
  expect(objects).toMatchObject({ attempts: 2 * 3 * 5, violations: [] });
  expect([line.Version, line[metrics.rlsLeak.name], line[metrics.rlsRefused.name]]).toEqual(["v2", 0, 0]);
  expect(await keys()).toEqual(before);
});

test("a policy that reaches every object is found for each way to touch one, and what was put is taken back", async () => {
  const before = await keys();
  const { objects, line } = await probedUnder(
    policyDocument([
      {
        Effect: "Allow",
        Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
        Resource: bucketArns.map((arn) => `${arn}/*`),
      },
    ]),
  );
  expect(operations(objects)).toEqual(["delete", "get", "put"]);
  expect(new Set(objects.violations.map(({ identity }) => identity))).toEqual(
    new Set(["neighbour", "stranger"]),
  );
  expect(line[metrics.rlsLeak.name]).toBe(objects.violations.length);
  expect(await keys()).toEqual(before);
});

test("a policy that lists a whole bucket is found", async () => {
  const { objects } = await probedUnder(
    policyDocument([{ Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArns }]),
  );
  expect(operations(objects)).toEqual(["list", "listAll"]);
});

test("a role that cannot be taken fails the probe: nothing was proven", async () => {
  const other = { ...env, storage: { ...env.storage!, sessionRole: roleArn("nobody") } };
  await expect(probe(other, () => undefined)).rejects.toThrow(/sts:AssumeRole|AccessDenied|may not/);
});
