/** The scheduled functions over weeks: what they leave in the bucket, and the report that is made of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { recordedJobs } from "../../../../monitoring/job-records/job-record.ts";
import { probe, queries, reconcile, review, trends } from "../../../../monitoring/jobs.ts";
import { metricLine } from "../../../../monitoring/metrics.ts";
import { weekly } from "../../../../monitoring/report/weekly/weekly-function.ts";
import { lastWeek } from "../../../../monitoring/report/weekly/written-week.ts";
import { type JobFunctions, startJobFunctions } from "../../../support/job-functions.ts";
import { runJob } from "../../../support/jobs.ts";

const lines = vi.hoisted(() => {
  const printed: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  return printed;
});

const day = 86_400_000;
/** Mondays to come: a review must reach back from its time by the clock of the database, which is real. */
const now = Date.now();
const [first, second, third] = [14, 21, 28].map((days) => lastWeek(new Date(now + days * day))) as [
  ReturnType<typeof lastWeek>,
  ReturnType<typeof lastWeek>,
  ReturnType<typeof lastWeek>,
];
const at = (date: string, days: number) => new Date(Date.parse(date) + days * day + 10 * 3_600_000);
const on = (date: string, days: number) => ({ at: at(date, days).toISOString() });
let functions: JobFunctions;

beforeAll(async () => {
  functions = await startJobFunctions();
  functions.aws.logs.create(functions.logGroup);
});
afterAll(() => functions.stop());

/** A request of that day, counted from the first of the week. */
function served(from: string, days: number, request: { tenant: string; action: string }, latency: number) {
  const message = metricLine("PartLens/test", "v2", { requests: 1, latency }, request);
  functions.aws.logs.put(functions.logGroup, { at: at(from, days).getTime(), message });
}

/** Everything that needs no objects of yachts, in that week, with requests of both tenants each day. */
async function weekOfRuns({ from }: { readonly from: string }): Promise<void> {
  for (let days = 0; days < 7; days++)
    for (const tenant of ["alpha", "beta"]) served(from, days, { tenant, action: "receive_part" }, 10 + days);
  await reconcile({ full: true, ...on(from, 2) });
  for (const run of [review, probe, queries]) await run(on(from, 2));
  for (let days = 1; days <= 7; days++) await trends(on(from, days));
}

const reports = async () =>
  (await functions.aws.objects.list(functions.bucket, "reports/weekly/")).map(({ key }) => key);
const report = async (from: string) =>
  (await functions.aws.objects.get(functions.bucket, `reports/weekly/${from}.html`)).body.toString();
const notCompared = ["alpha", "beta"].map((tenant) => `${tenant}: objects and their rows were not compared`);
const reporting = () =>
  functions.allow({
    read: recordedJobs.map((job) => `reports/${job}/` as const),
    write: ["reports/weekly/"],
  });

describe("the last week", () => {
  test.each([
    ["2026-01-12T23:59:59Z", "2025-12-29", "2026-01-05"],
    ["2026-01-13T00:00:00Z", "2026-01-05", "2026-01-12"],
    ["2026-01-19T12:00:00Z", "2026-01-05", "2026-01-12"],
    ["2026-01-20T00:00:00Z", "2026-01-12", "2026-01-19"],
  ])("at %s is from %s to %s", (time, from, to) => {
    expect(lastWeek(new Date(time))).toEqual({ from, to });
  });
});

describe("the weekly function", () => {
  test("writes nothing before any job has run", async () => {
    reporting();
    expect(await weekly(on(first.to, 2))).toEqual({ ...first, concerns: [] });
    expect(await reports()).toEqual([]);
  });

  test("writes the report of a week that was clean, under its name, and only once", async () => {
    functions.allow({ write: ["reports/"] });
    await weekOfRuns(first);
    reporting();
    lines.splice(0);
    const key = `reports/weekly/${first.from}.html`;
    expect(await weekly(on(first.to, 2))).toEqual({ ...first, key, concerns: notCompared });
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ Job: "weekly", JobFindings: 2 });
    const written = await report(first.from);
    expect(written).toContain(`the week from ${first.from}`);
    expect(written).toMatch(/receive_part[\s\S]*?16/);
    expect(await weekly(on(first.to, 3))).toEqual({ ...first, concerns: [] });
    expect(lines).toHaveLength(1);
    expect(await reports()).toEqual([key]);
  });

  test("finds the break and the slow calls that were planted in the next week, and the command finds it in the same bucket", async () => {
    const superuser = await functions.postgres.client("postgres", functions.postgres.tenants.beta);
    const shift = (by: number) =>
      superuser.query("update part_lens.pms_inventory_stock set quantity = quantity + $1", [by]);
    functions.allow({ write: ["reports/"] });
    await shift(1);
    for (let days = 0; days < 7; days++)
      for (let request = 0; request < 40; request++)
        served(second.from, days, { tenant: "beta", action: "consume_part" }, days < 5 ? 20 : 200);
    await weekOfRuns(second);
    await shift(-1);
    reporting();
    const breaks = /^\d breaks between ledger and cache$/;
    const { concerns } = await weekly(on(second.to, 2));
    expect(concerns).toEqual([expect.stringMatching(breaks), "P95 rises in consume_part", ...notCompared]);
    const written = await report(second.from);
    expect(written).toContain(concerns[0]);
    expect(written).toMatch(/<th scope="row">beta<\/th>[\s\S]*?class="bad" title="[^"]*: \d breaks"/);

    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN = "" } = process.env;
    const { AWS_ENDPOINT_URL = "", AWS_REGION = "" } = process.env;
    const credentials = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN };
    const environment = { ...functions.postgres.environment, ...credentials, AWS_ENDPOINT_URL, AWS_REGION };
    const out = join(functions.directory, "week.html");
    const asked = ["--bucket", functions.bucket, "--week", second.from, "--out", out];
    const inAws = (...args: string[]) =>
      runJob({ ...functions.postgres, environment } as never, ...args, "--json");
    const end = await inAws("weekly", ...asked);
    expect([end.code, end.stderr]).toEqual([1, ""]);
    expect(JSON.parse(end.stdout)).toMatchObject({ file: out, concerns });
    expect(readFileSync(out, "utf8")).toBe(written);

    const told = await inAws("trends", "--group", functions.logGroup, "--day", second.from);
    expect([told.code, JSON.parse(told.stdout)]).toEqual([
      0,
      expect.arrayContaining([
        {
          day: second.from,
          tenant: "beta",
          action: "consume_part",
          version: "v2",
          requests: 40,
          p95: 20,
          p99: 20,
        },
      ]),
    ]);
    expect((await inAws("trends")).stderr).toContain("give either --log or --group");
    expect((await inAws("trends", "--group", functions.logGroup, "--day", "today")).code).toBe(2);
  });

  test("says of a week without any record that no job has left one, and names what is no record", async () => {
    await functions.aws.objects.put(
      functions.bucket,
      `reports/review/${at(third.from, 1).toISOString()}.json`,
      Buffer.from("{}"),
      { contentType: "application/json", metadata: {}, ifNoneMatch: true },
    );
    const { concerns } = await weekly(on(third.to, 2));
    expect(concerns).toEqual([
      "No job has left a record in this week",
      "No latency of this week was given",
      expect.stringMatching(/^review\/.*\.json is no record of a job$/),
    ]);
  });
});
