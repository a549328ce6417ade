import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metricLine } from "../../../../monitoring/metrics.ts";
import { physical, type StorageApi, sessionRole, startStorageApi } from "../../../api/storage/storage-api.ts";
import { yachts } from "../../../support/fleet.ts";
import { runJob } from "../../../support/jobs.ts";
import type { TestPostgres } from "../../../support/postgres.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-weekly-"));
const log = join(directory, "api.log");
let storage: StorageApi;
/** The test's PostgreSQL, and where the objects are. */
let place: TestPostgres;
let superuser: pg.Client;
let records: string;
let run = 0;

beforeAll(async () => {
  storage = await startStorageApi();
  const { postgres } = storage.api;
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN = "" } = process.env;
  const credentials = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN };
  const objects = { BUCKETS: JSON.stringify(physical), SESSION_ROLE: sessionRole, AWS_REGION: "eu-west-1" };
  const environment = {
    ...postgres.environment,
    ...credentials,
    ...objects,
    AWS_ENDPOINT_URL: storage.endpoint,
  };
  place = { ...postgres, environment };
  for (const tenant of Object.values(postgres.tenants)) {
    const client = await postgres.client("postgres", tenant);
    await client.query("create extension if not exists pg_stat_statements");
    await client.query("grant pg_read_all_stats to part_lens_auditor");
  }
  superuser = await postgres.client("postgres", postgres.tenants.alpha);
  await storage.stored(["aurora", "captain"]);
  const author = (tenant: string) => ({ tenant, action: "receive_part" });
  const lines = ["alpha", "beta"].map((tenant) =>
    metricLine("PartLens/test", "v2", { requests: 1, latency: 12 }, author(tenant), Date.now()),
  );
  writeFileSync(log, ["the API listens", ...lines].join("\n"));
});
beforeEach(() => {
  records = join(directory, `records-${run++}`);
});
afterAll(async () => {
  await storage.stop();
  rmSync(directory, { recursive: true, force: true });
});

const job = (...args: string[]) => runJob(place, ...args, "--records", records);
const reconcile = () => job("reconcile", "--full", "--cursor", join(directory, `cursor-${run}.json`));
const out = join(directory, "out/week.html");
const weekly = (...args: string[]) => job("weekly", "--lines", log, "--out", out, ...args);

async function everyJob() {
  const ends = [await reconcile()];
  for (const name of ["review", "probe", "orphans", "queries"]) ends.push(await job(name));
  return ends.map(({ code, stderr }) => [code, code === 2 ? stderr : ""]);
}

describe("the weekly command", () => {
  test("finds nothing to do for a person in a clean week, and a drift in the next run", async () => {
    expect(await everyJob()).toEqual(Array(5).fill([0, ""]));
    const clean = await weekly();
    expect([clean.code, clean.stdout]).toEqual([
      0,
      expect.stringMatching(/^test, .*: nothing needs a person\n/),
    ]);
    expect(readFileSync(out, "utf8")).toContain("Nothing needs a person.");

    const shift = (by: number) =>
      superuser.query(
        "update part_lens.pms_inventory_stock set quantity = quantity + $2 where part_id = $1",
        [storage.api.postgres.partIds.aurora["P-1"], by],
      );
    await shift(7);
    expect((await reconcile()).code).toBe(1);
    const drifted = await weekly("--json");
    await shift(-7);
    const { concerns, week, file } = JSON.parse(drifted.stdout);
    expect([drifted.code, concerns, file]).toEqual([1, ["1 break between ledger and cache"], out]);
    const worst = Object.fromEntries(
      week.drift.map((day: { tenant: string; worst: number }) => [day.tenant, day.worst]),
    );
    expect(worst).toEqual({ alpha: expect.any(Number), beta: 0 });
    expect(worst.alpha).toBeGreaterThan(0.01);
    const partId = storage.api.postgres.partIds.aurora["P-1"];
    const [place] = week.drifting;
    expect(week.drifting).toEqual([
      {
        ...{ tenant: "alpha", yachtId: yachts.aurora, partId, location: "Engine room" },
        ...{ total: expect.any(Number), cached: place.total + 7, drift: worst.alpha },
        days: [expect.stringMatching(/^\d{4}-\d\d-\d\d$/)],
      },
    ]);
    expect(readFileSync(out, "utf8")).toContain(partId);
    expect(week.orphans).toHaveLength(2);
    expect(week.probes.map(({ tenant }: { tenant: string }) => tenant)).toEqual(["alpha", "beta", "objects"]);
    expect(readFileSync(out, "utf8")).toContain("1 break between ledger and cache");
    expect(readdirSync(join(directory, "out"))).toEqual(["week.html"]);
  });

  test("names what did not run, and takes nothing of another week or another environment", async () => {
    expect((await reconcile()).code).toBe(0);
    const partly = await weekly();
    expect(partly.code).toBe(1);
    expect(partly.stdout).toContain("alpha: no review of the signatures covers a week");
    const before = await weekly("--week", "2020-01-06");
    expect(before.stdout).toMatch(
      /^test, the week from 2020-01-06: .*\n {2}No job has left a record in this week\n/,
    );
    const other = await weekly("--env", "staging");
    const whole = "alpha: ledger and cache were not compared whole";
    expect([partly.stdout.includes(whole), other.stdout.includes(whole)]).toEqual([false, true]);
  });

  test("takes latencies as JSON, too", async () => {
    const days = await runJob(place, "trends", "--json", "--log", log);
    const rows = join(directory, "latencies.json");
    writeFileSync(rows, days.stdout);
    await reconcile();
    const { stdout } = await job("weekly", "--latencies", rows, "--json", "--out", out);
    expect(JSON.parse(stdout).week.latency).toEqual(JSON.parse(days.stdout));
    expect(JSON.parse(stdout).week.latency).toHaveLength(2);
  });

  test("leaves no record when it is told so", async () => {
    expect((await runJob(place, "probe", "--records", records, "--no-records")).code).toBe(0);
    expect((await weekly()).stderr).toContain(`there are no records in ${records}`);
  });

  test.each<[string, string[], RegExp]>([
    ["a week that is no date", ["--week", "2026-02-30"], /--week 2026-02-30 is no date/],
    ["a log that is not there", ["--lines", "absent.log"], /absent\.log/],
    ["latencies that are none", ["--latencies", log], /api\.log is no JSON array of latencies/],
  ])("cannot run with %s", async (_, args, said) => {
    mkdirSync(records);
    const { code, stderr } = await weekly(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(said)]);
  });

  test("refuses a file that is no record, and says which", async () => {
    const today = new Date().toISOString();
    mkdirSync(join(records, "review"), { recursive: true });
    writeFileSync(join(records, "review", `${today}.json`), "{}");
    const { code, stderr } = await weekly();
    expect([code, stderr]).toEqual([2, expect.stringContaining(`${today}.json is no record of a job`)]);
  });
});
