import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from "vitest";
import { VirtualClock } from "../../../infra/local/clock.ts";
import { LocalAws } from "../../../infra/local/services/local-aws.ts";
import { policyDocument, serviceTrust } from "../../../infra/policy.ts";
import { evidenceStatements } from "../../../infra/storage/evidence-access.ts";
import { evidenceBucket } from "../../../monitoring/evidence-store-adapter.ts";
import { closeConnections } from "../../../monitoring/job-databases.ts";
import type { RecordedRun } from "../../../monitoring/job-records/job-record.ts";
import { readRecords } from "../../../monitoring/job-records/record-folder.ts";
import { RecordKeeper, recordName } from "../../../monitoring/job-records/record-keeper.ts";
import { probe, queries, reconcile, review } from "../../../monitoring/jobs.ts";
import { weekOf } from "../../../monitoring/report/weekly/week-of.ts";
import { concernsOf } from "../../../monitoring/report/weekly/weekly-report.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

// The functions' lines are of no interest here; they take console.log when they are loaded.
vi.hoisted(() => vi.spyOn(console, "log").mockImplementation(() => undefined));

const at = "2026-01-06T10:11:12.131Z";
const probed = (...violations: number[]): RecordedRun => ({
  job: "probe",
  results: violations.map((found, index) => ({ tenant: `t${index}`, attempts: 9, violations: found })),
});
const reviewed: RecordedRun = { job: "review", results: [] };

describe("a record's name", () => {
  it("is its time, unless the job records hourly: then one of the hour's clean runs", () => {
    expect(recordName(reviewed, at)).toBe(`${at}.json`);
    expect(recordName({ job: "queries", results: [] }, at)).toBe(`${at}.json`);
    expect(recordName(probed(0, 0), at)).toBe("2026-01-06T10-clean.json");
  });

  it("is another for each set of tenants in which an hourly job found something, and not for how much", () => {
    const names = [probed(1, 0), probed(2, 0), probed(0, 1), probed(1, 1)].map((run) => recordName(run, at));
    expect(new Set(names).size).toBe(3);
    expect(names[0]).toBe(names[1]);
    expect(names[0]).toMatch(/^2026-01-06T10-found-[0-9a-f]{8}\.json$/);
  });
});

describe("the keeper", () => {
  const minutes = (count: number) => new Date(Date.parse("2026-01-06T10:00:00Z") + count * 60_000);
  const keys: string[] = [];
  const store = { create: async (key: string) => keys.push(key) > 0 };
  afterEach(() => void keys.splice(0));

  it("asks the store once an hour, and at once for what was found", async () => {
    const keeper = new RecordKeeper();
    for (let minute = 0; minute < 120; minute++)
      await keeper.keep(store, "test", probed(minute === 30 ? 1 : 0, 0), minutes(minute));
    expect(keys.map((key) => key.replace(/found-.*/, "found"))).toEqual([
      "reports/probe/2026-01-06T10-clean.json",
      "reports/probe/2026-01-06T10-found",
      "reports/probe/2026-01-06T11-clean.json",
    ]);
  });

  it("tries again what could not be written", async () => {
    const keeper = new RecordKeeper();
    const refusing = { create: () => Promise.reject(new Error("SlowDown")) };
    await expect(keeper.keep(refusing, "test", probed(0), minutes(0))).rejects.toThrow("SlowDown");
    await keeper.keep(store, "test", probed(0), minutes(1));
    expect(keys).toHaveLength(1);
  });
});

describe("the functions", () => {
  const bucket = "part-lens-test-evidence";
  const directory = mkdtempSync(join(tmpdir(), "part-lens-keeper-"));
  const region = "eu-west-1";
  const jobs = ["probe", "queries", "reconcile", "reconcileAll", "review"] as const;
  const role = "arn:aws:iam::000000000000:role/job";
  const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
  let postgres: TestPostgres;

  beforeAll(async () => {
    postgres = await startPostgres();
    const endpoint = await aws.start();
    await aws.objects.createBucket(bucket);
    aws.objects.retain(bucket, { mode: "GOVERNANCE", days: 30 });
    aws.sessions.putRole({ arn: role, name: "job", assumeRolePolicy: serviceTrust("lambda.amazonaws.com") });
    const keeping = {
      bucketArn: `arn:aws:s3:::${bucket}`,
      encryptionKeyArn: "arn:key",
      signingKeyArn: "arn:key",
    };
    const own = jobs.map((job) => `reports/${job}/` as const);
    aws.sessions.putRolePolicy("job", "job", policyDocument(evidenceStatements(keeping, { write: own })));
    const { accessKeyId, secretAccessKey, sessionToken } = aws.sessions.forRole(role);
    Object.assign(process.env, {
      ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region },
      AWS_SESSION_TOKEN: sessionToken,
      ...{ AWS_ENDPOINT_URL: endpoint, RECORDS_BUCKET: bucket, STACK_ENVIRONMENT: "test" },
      MASTER_HOST: postgres.master.host,
      MASTER_PORT: String(postgres.master.port),
      MASTER_DATABASE: postgres.master.database,
    });
  });
  afterAll(async () => {
    await closeConnections();
    await postgres.stop();
    await aws.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const recordedAt = async (job: string) => {
    const [first] = await aws.objects.list(bucket, `reports/${job}/`);
    return new Date(JSON.parse((await aws.objects.get(bucket, first!.key)).body.toString()).at);
  };

  test("leave records of which the week is built, a drift included, by the right to put them alone", async () => {
    await reconcile({ full: true });
    await reconcile();
    await review();
    await probe();
    await queries();
    // Another process, that has nothing in mind, finds the hour's name taken, and leaves it.
    await new RecordKeeper().keep(evidenceBucket(bucket), "test", probed(0), await recordedAt("probe"));
    const superuser = await postgres.client("postgres", postgres.tenants.beta);
    await superuser.query("update part_lens.pms_inventory_stock set quantity = quantity + 1");
    const drifted = await reconcile({ full: true });
    expect(drifted.find(({ tenant }) => tenant === "beta")?.drifts.length).toBeGreaterThan(0);

    const folder = join(directory, "fetched");
    const keys = (await aws.objects.list(bucket)).map(({ key }) => key);
    expect(keys.map((key) => key.split("/").slice(0, 2).join("/")).sort()).toEqual(
      [...jobs, "reconcileAll"].sort().map((job) => `reports/${job}`),
    );
    for (const key of keys) {
      const file = join(folder, key.slice("reports/".length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, (await aws.objects.get(bucket, key)).body);
    }
    const day = new Date().toISOString().slice(0, 10);
    const span = { from: day, to: new Date(Date.parse(day) + 7 * 86_400_000).toISOString().slice(0, 10) };
    const records = await readRecords(folder, span);
    expect(records).toHaveLength(keys.length);
    const calls = records.flatMap((record) => (record.job === "queries" ? record.results : []));
    expect(calls.map(({ tenant, slowCalls }) => [tenant, slowCalls.length > 0])).toEqual([
      ["alpha", true],
      ["beta", true],
    ]);
    const concerns = concernsOf(weekOf({ environment: "test", ...span, records, latency: [] }));
    expect(concerns[0]).toMatch(/^\d breaks between ledger and cache$/);
  });

  test("leave nothing where no bucket is named", async () => {
    const before = (await aws.objects.list(bucket)).length;
    delete process.env.RECORDS_BUCKET;
    await review();
    expect((await aws.objects.list(bucket)).length).toBe(before);
  });
});
