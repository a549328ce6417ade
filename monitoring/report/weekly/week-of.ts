/** A week of the jobs' records, put together. Pure: what is not in the records is named as missing, never made up. */
import type { JobRecord, RecordedJob } from "../../job-records/job-record.ts";
import { jobSchedule } from "../../job-schedule.ts";
import { dayBefore } from "../../scheduled-run.ts";
import type { LatencyDay } from "../../trends/latency-days.ts";
import {
  type DriftDay,
  type DriftingPlace,
  daysOf,
  type OrphanWeek,
  type ProbeWeek,
  type SignatureWeek,
  type Week,
} from "./week.ts";

/** A result of a run, and when the run was over. */
type Result<Job extends RecordedJob> = Extract<JobRecord, { job: Job }>["results"][number] & {
  readonly at: string;
};

export interface WeekSources {
  readonly environment: string;
  /** ISO dates; `to` is the day after the last. */
  readonly from: string;
  readonly to: string;
  /** In any order; those of other days are left out. */
  readonly records: readonly JobRecord[];
  /** What is not in the records. */
  readonly latency: readonly LatencyDay[];
}

/** What probes of objects are counted under: the fleet's, no tenant's. */
const noTenant: ReadonlySet<string> = new Set(["objects", "none"]);

/** A review must reach back as far as the one before it, or there is a gap that nobody looked at. */
const reviewMilliseconds = jobSchedule.review.everyMinutes * 60_000;

export function weekOf({ environment, from, to, records, latency: all }: WeekSources): Week {
  const days = new Set(daysOf({ from, to }));
  const runs = records
    .filter(({ at }) => days.has(at.slice(0, 10)))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
  const trends = records.filter((record) => record.job === "trends");
  const latency = latencyOf([...trends.flatMap(({ results }) => results), ...all], days);
  const reconciled = timed(runs.filter((run) => run.job === "reconcile" || run.job === "reconcileAll"));
  const reviews = timed(runs.filter((run) => run.job === "review"));
  const probes = timed(runs.filter((run) => run.job === "probe"));
  const orphans = timed(runs.filter((run) => run.job === "orphans"));
  // What the database counts goes on and on: the last look has it all.
  const queries = lastOfEach(timed(runs.filter((run) => run.job === "queries")));
  return {
    environment,
    from,
    to,
    drift: driftDays(reconciled),
    drifting: driftingPlaces(reconciled),
    signatures: byTenant(reviews, signatureWeek),
    latency,
    slowCalls: queries.flatMap(({ slowCalls }) => slowCalls),
    indexAdvice: queries.flatMap(({ indexAdvice }) => indexAdvice),
    probes: byTenant(probes, probeWeek),
    orphans: byTenant(orphans, orphanWeek),
    missing: [
      ...missingOf(
        { reconciled, reviews, probes, orphans, queries, latency },
        [...reconciled, ...reviews, ...probes, ...orphans, ...queries, ...latency].map(
          ({ tenant }) => tenant,
        ),
      ),
      ...untoldDays(trends, latency, days),
    ],
  };
}

/** Of the rows for the same the last: what is given by hand is of the whole log, and replaces what was recorded. */
function latencyOf(rows: readonly LatencyDay[], days: ReadonlySet<string>): LatencyDay[] {
  const keyOf = ({ day, tenant, version, action }: LatencyDay) =>
    JSON.stringify([day, tenant, version, action]);
  const known = new Map(rows.filter(({ day }) => days.has(day)).map((row) => [keyOf(row), row]));
  return [...known.values()];
}

/** Where latencies are recorded, each day's must be. */
function untoldDays(
  trends: readonly JobRecord[],
  latency: readonly LatencyDay[],
  days: ReadonlySet<string>,
): string[] {
  if (trends.length === 0 || latency.length === 0) return [];
  const told = new Set([
    ...trends.map(({ at }) => dayBefore(new Date(at))),
    ...latency.map(({ day }) => day),
  ]);
  const untold = [...days].filter((day) => !told.has(day));
  return untold.length === 0 ? [] : [`No latency was recorded of ${untold.join(", ")}`];
}

function timed<Row extends object>(
  runs: readonly { readonly at: string; readonly results: readonly Row[] }[],
): (Row & { readonly at: string })[] {
  return runs.flatMap(({ at, results }) => results.map((result) => ({ ...result, at })));
}

function byTenant<Row extends { readonly tenant: string }, Made>(
  rows: readonly Row[],
  make: (tenant: string, rows: readonly Row[]) => Made,
): Made[] {
  return [...Map.groupBy(rows, ({ tenant }) => tenant)]
    .toSorted(([a], [b]) => a.localeCompare(b, "en"))
    .map(([tenant, own]) => make(tenant, own));
}

function lastOfEach<Row extends { readonly tenant: string }>(rows: readonly Row[]): Row[] {
  return byTenant(rows, (_, own) => own.at(-1)!);
}

/** Of several runs of a day: rows are summed, breaks and drift are the worst run's. */
function driftDays(rows: readonly Result<"reconcile">[]): DriftDay[] {
  return byTenant(rows, (tenant, own) =>
    [...Map.groupBy(own, ({ at }) => at.slice(0, 10))]
      .toSorted(([a], [b]) => a.localeCompare(b, "en"))
      .map(([day, runs]) => ({
        day,
        tenant,
        examined: sum(runs, ({ examined }) => examined),
        breaks: Math.max(...runs.map(({ breaks }) => breaks)),
        worst: Math.max(...runs.map(({ worst }) => worst)),
      })),
  ).flat();
}

/** Each place once, as it was last seen. */
function driftingPlaces(rows: readonly Result<"reconcile">[]): DriftingPlace[] {
  const seen = rows.flatMap(({ tenant, at, drifting }) =>
    drifting.map((place) => ({ tenant, ...place, day: at.slice(0, 10) })),
  );
  const keyOf = ({ tenant, yachtId, partId, location }: (typeof seen)[number]) =>
    JSON.stringify([tenant, yachtId, partId, location]);
  return [...Map.groupBy(seen, keyOf).values()]
    .map((own) => {
      const { day: _, ...last } = own.at(-1)!;
      return { ...last, days: [...new Set(own.map(({ day }) => day))] };
    })
    .toSorted((a, b) => b.drift - a.drift);
}

const isWhole = ({ at, since }: Result<"review">) => Date.parse(at) - Date.parse(since) >= reviewMilliseconds;

/** Counts of the last review that reaches far enough; the defects of all, each once. */
function signatureWeek(tenant: string, reviews: readonly Result<"review">[]): SignatureWeek {
  const { executed, withEvidence, unsignedInV1, chainRows } = reviews.findLast(isWhole) ?? reviews.at(-1)!;
  const found = reviews.flatMap(({ defects }) => defects);
  const defects = [...new Map(found.map((one) => [`${one.kind} ${one.detail}`, one])).values()];
  return { tenant, executed, withEvidence, unsignedInV1, chainRows, defects };
}

function probeWeek(tenant: string, runs: readonly Result<"probe">[]): ProbeWeek {
  return {
    tenant,
    attempts: sum(runs, ({ attempts }) => attempts),
    violations: sum(runs, ({ violations }) => violations),
  };
}

/** The worst run's: each run sees the same orphans again. */
function orphanWeek(tenant: string, runs: readonly Result<"orphans">[]): OrphanWeek {
  const most = (name: "rowsWithoutObject" | "objectsWithoutRow" | "unswept") =>
    Math.max(...runs.map((run) => run[name]));
  return {
    tenant,
    rowsWithoutObject: most("rowsWithoutObject"),
    objectsWithoutRow: most("objectsWithoutRow"),
    unswept: most("unswept"),
  };
}

interface Found {
  readonly reconciled: readonly Result<"reconcile">[];
  readonly reviews: readonly Result<"review">[];
  readonly probes: readonly Result<"probe">[];
  readonly orphans: readonly Result<"orphans">[];
  readonly queries: readonly Result<"queries">[];
  readonly latency: readonly LatencyDay[];
}

/** What must be there of every tenant that any record or any request names. */
const needed: readonly [(found: Found) => readonly { readonly tenant: string }[], string][] = [
  [
    ({ reconciled }) => reconciled.filter(({ mode }) => mode === "full"),
    "ledger and cache were not compared whole",
  ],
  [({ reviews }) => reviews.filter(isWhole), "no review of the signatures covers a week"],
  [({ probes }) => probes, "no probe tried to reach foreign rows"],
  [({ orphans }) => orphans, "objects and their rows were not compared"],
  [({ queries }) => queries, "nobody looked at what takes the database's time"],
];

function missingOf(found: Found, named: readonly string[]): string[] {
  const tenants = [...new Set(named)].filter((tenant) => !noTenant.has(tenant)).toSorted();
  return [
    ...(tenants.length === 0 ? ["No job has left a record in this week"] : []),
    ...needed.flatMap(([rowsOf, text]) => {
      const there = new Set(rowsOf(found).map(({ tenant }) => tenant));
      return tenants.filter((tenant) => !there.has(tenant)).map((tenant) => `${tenant}: ${text}`);
    }),
    ...(found.latency.length === 0 ? ["No latency of this week was given"] : []),
  ];
}

function sum<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
