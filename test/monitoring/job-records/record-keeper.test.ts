import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from "vitest";
import { evidenceBucket } from "../../../monitoring/evidence-store-adapter.ts";
import type { RecordedRun } from "../../../monitoring/job-records/job-record.ts";
import { RecordKeeper, recordName } from "../../../monitoring/job-records/record-keeper.ts";
import { probe, queries, reconcile, review, trends } from "../../../monitoring/jobs.ts";
import { type JobFunctions, startJobFunctions } from "../../support/job-functions.ts";

// The functions' lines are of no interest here; they take console.log when they are loaded.
vi.hoisted(() => vi.spyOn(console, "log").mockImplementation(() => undefined));

const at = "2026-01-06T10:11:12.131Z";
const noon = "2026-01-06T12:00:00Z";
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
  const jobs = ["probe", "queries", "reconcile", "reconcileAll", "review", "trends"] as const;
  let functions: JobFunctions;
  beforeAll(async () => {
    functions = await startJobFunctions();
    functions.aws.logs.create(functions.logGroup);
    functions.allow({ write: jobs.map((job) => `reports/${job}/` as const) });
  });
  afterAll(() => functions.stop());

  test("leave a record each of the time that the run is of, by the right to put them alone", async () => {
    const { aws, bucket } = functions;
    await reconcile({ full: true, at: noon });
    await reconcile({ at: noon });
    for (const run of [review, probe, queries, trends]) await run({ at: noon });
    // Another process, that has nothing in mind, finds the hour's name taken, and leaves it.
    await new RecordKeeper().keep(evidenceBucket(bucket), "test", probed(0), new Date(noon));
    const keys = (await aws.objects.list(bucket)).map(({ key }) => key).sort();
    expect(keys).toEqual(
      jobs.map((job) => {
        const hourly = job === "probe" || job === "reconcile";
        return `reports/${job}/${hourly ? "2026-01-06T12-clean" : "2026-01-06T12:00:00.000Z"}.json`;
      }),
    );
    await expect(review({ at: "yesterday" })).rejects.toThrow(RangeError);
  });

  test("leave nothing where no bucket is named", async () => {
    const { aws, bucket } = functions;
    const before = (await aws.objects.list(bucket)).length;
    delete process.env.RECORDS_BUCKET;
    await review();
    expect((await aws.objects.list(bucket)).length).toBe(before);
  });
});
