import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../../monitoring/job-records/job-record.ts";
import { weekOf } from "../../../../monitoring/report/weekly/week-of.ts";
import { concernsOf } from "../../../../monitoring/report/weekly/weekly-report.ts";

const tenant = "aegean-charter";
const environment = "staging";
const span = { from: "2026-01-05", to: "2026-01-12" };
const latency = [
  { day: "2026-01-06", tenant, action: "receive_part", version: "v2", requests: 9, p95: 20, p99: 30 },
] as const;

type RecordOf<Job> = Extract<JobRecord, { job: Job }>;
type Result<Job extends JobRecord["job"]> = RecordOf<Job>["results"][number];

const reconciled = (at: string, more: Partial<Result<"reconcile">> = {}): JobRecord => ({
  ...{ job: "reconcile", environment, at },
  results: [{ tenant, mode: "full", examined: 10, breaks: 0, worst: 0, drifting: [], ...more }],
});
const reviewed = (at: string, more: Partial<Result<"review">> = {}): JobRecord => {
  const since = new Date(Date.parse(at) - 7 * 86_400_000).toISOString();
  const counts = { executed: 4, withEvidence: 4, unsignedInV1: 1, chainRows: 90 };
  return { job: "review", environment, at, results: [{ tenant, since, ...counts, defects: [], ...more }] };
};
const probed = (at: string, violations = 0, name = tenant): JobRecord => ({
  ...{ job: "probe", environment, at },
  results: [{ tenant: name, attempts: 20, violations }],
});
const searched = (at: string, more: Partial<Result<"orphans">> = {}): JobRecord => ({
  ...{ job: "orphans", environment, at },
  results: [{ tenant, rowsWithoutObject: 0, objectsWithoutRow: 0, unswept: 0, ...more }],
});
const queried = (at: string, calls: number): JobRecord => {
  const call = { tenant, call: "part_lens.v2_receive_part", calls, mean: 3, share: 0.4 };
  return { job: "queries", environment, at, results: [{ tenant, slowCalls: [call], indexAdvice: [] }] };
};

const noon = "2026-01-06T12:00:00.000Z";
const later = "2026-01-06T18:00:00.000Z";
const quiet = [reconciled(noon), reviewed(noon), probed(noon), searched(noon), queried(noon, 1)];
const built = (records: readonly JobRecord[], rows: Parameters<typeof weekOf>[0]["latency"] = latency) =>
  weekOf({ environment, ...span, records, latency: rows });

describe("the week of the records", () => {
  it("concerns nobody when every job has run and found nothing", () => {
    const week = built(quiet);
    expect(week).toMatchObject({ environment, ...span, missing: [] });
    expect(concernsOf(week)).toEqual([]);
  });

  it("sums the rows of a day's reconciliations, and takes breaks and drift of the worst", () => {
    const runs = [
      reconciled(noon, { breaks: 2, worst: 0.5 }),
      reconciled(later, { mode: "incremental", examined: 3, breaks: 1, worst: 0.75 }),
      { ...reconciled("2026-01-08T00:00:00.000Z"), job: "reconcileAll" } as JobRecord,
    ];
    expect(built(runs).drift).toEqual([
      { day: "2026-01-06", tenant, examined: 13, breaks: 2, worst: 0.75 },
      { day: "2026-01-08", tenant, examined: 10, breaks: 0, worst: 0 },
    ]);
  });

  it("names each place that drifted once, as it was last seen, the worst first, with the days", () => {
    const place = { yachtId: "y", partId: "p", location: "store", total: 10, cached: 9, drift: 0.1 };
    const worse = { ...place, location: "deck", cached: 5, drift: 0.5 };
    const runs = [
      reconciled("2026-01-08T00:00:00.000Z", { drifting: [{ ...place, cached: 8, drift: 0.2 }] }),
      reconciled(later, { drifting: [worse, place] }),
      reconciled(noon, { drifting: [place] }),
      reconciled("2026-01-12T00:00:00.000Z", { drifting: [{ ...place, location: "of the next week" }] }),
    ];
    expect(built(runs).drifting).toEqual([
      { tenant, ...worse, days: ["2026-01-06"] },
      { tenant, ...place, cached: 8, drift: 0.2, days: ["2026-01-06", "2026-01-08"] },
    ]);
  });

  it("leaves out what is not of these days, whatever order it comes in", () => {
    const other = ["2026-01-04T23:59:59.999Z", "2026-01-12T00:00:00.000Z"].flatMap((at) => [
      reconciled(at, { breaks: 1 }),
      probed(at, 1),
    ]);
    const foreign = { ...latency[0], day: "2026-01-12" };
    expect(built([...other, ...quiet.toReversed()], [...latency, foreign])).toEqual(built(quiet));
  });

  it("takes the counts of the last review that covers a week, and each defect once", () => {
    const defect = { kind: "unsigned", detail: "row 4" };
    const reviews = [
      reviewed(noon, { executed: 9, withEvidence: 8, defects: [defect] }),
      reviewed(later, {
        executed: 10,
        withEvidence: 9,
        defects: [defect, { kind: "brokenChain", detail: "row 7" }],
      }),
      reviewed("2026-01-07T00:00:00.000Z", {
        since: "2026-01-06T23:00:00.000Z",
        executed: 0,
        withEvidence: 0,
      }),
    ];
    const [found] = built(reviews).signatures;
    expect(found).toMatchObject({ executed: 10, withEvidence: 9 });
    expect(found?.defects.map(({ kind }) => kind)).toEqual(["unsigned", "brokenChain"]);
  });

  it("sums probes, takes the worst search for orphans and the last look at the queries", () => {
    const week = built([
      ...[probed(noon, 1), probed(later, 2), probed(later, 0, "objects")],
      ...[searched(noon, { objectsWithoutRow: 3 }), searched(later, { objectsWithoutRow: 1, unswept: 2 })],
      ...[queried(later, 70), queried(noon, 50)],
    ]);
    expect(week.probes).toEqual([
      { tenant, attempts: 40, violations: 3 },
      { tenant: "objects", attempts: 20, violations: 0 },
    ]);
    expect(week.orphans).toEqual([{ tenant, rowsWithoutObject: 0, objectsWithoutRow: 3, unswept: 2 }]);
    expect(week.slowCalls.map(({ calls }) => calls)).toEqual([70]);
    expect(concernsOf(week)).toContain("2 objects that nobody confirmed and nobody swept");
  });

  const without = (job: JobRecord["job"]) => quiet.filter((record) => record.job !== job);
  it.each<[string, JobRecord[], string]>([
    ["a reconciliation", without("reconcile"), "ledger and cache were not compared whole"],
    [
      "a whole one",
      [...without("reconcile"), reconciled(noon, { mode: "incremental" })],
      "ledger and cache were not compared whole",
    ],
    ["a review", without("review"), "no review of the signatures covers a week"],
    [
      "one of a whole week",
      [...without("review"), reviewed(noon, { since: "2026-01-06T00:00:00.000Z" })],
      "no review of the signatures covers a week",
    ],
    ["a probe", without("probe"), "no probe tried to reach foreign rows"],
    ["a search for orphans", without("orphans"), "objects and their rows were not compared"],
  ])("names a tenant without %s as missing", (_, records, text) => {
    expect(built(records).missing).toEqual([`${tenant}: ${text}`]);
  });

  it("asks for the jobs of a tenant that was only served, but not of requests without a tenant", () => {
    const served = ["northern-owners", "none"].map((name) => ({ ...latency[0], tenant: name }));
    const { missing } = built(quiet, served);
    expect(missing.map((text) => text.split(":")[0])).toEqual(Array(5).fill("northern-owners"));
  });

  it("takes latencies that were recorded the day after, what is given by hand before them, and names days without", () => {
    const row = { ...latency[0], day: "2026-01-11", p95: 50 };
    const recorded = (at: string, results: Result<"trends">[]): JobRecord => ({
      ...{ job: "trends", environment, at },
      results,
    });
    const days = ["2026-01-06", "2026-01-07", "2026-01-08", "2026-01-09", "2026-01-10", "2026-01-11"];
    const trends = [
      ...days.map((day) => recorded(`${day}T10:00:00.000Z`, [])),
      recorded("2026-01-12T10:00:00.000Z", [row]),
    ];
    expect(built([...quiet, ...trends], [])).toMatchObject({ latency: [row], missing: [] });
    const byHand = { ...row, p95: 60 };
    expect(built([...quiet, ...trends], [byHand]).latency).toEqual([byHand]);
    const gap = trends.toSpliced(1, 2);
    expect(built([...quiet, ...gap], []).missing).toEqual([
      "No latency was recorded of 2026-01-06, 2026-01-07",
    ]);
  });

  it("takes no record and no latency for no success", () => {
    expect(built([], []).missing).toEqual([
      "No job has left a record in this week",
      "No latency of this week was given",
    ]);
  });
});
