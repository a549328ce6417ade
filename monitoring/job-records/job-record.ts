/** What a run of a job leaves for the weekly report: figures, defects and which places drifted, and no other row of anybody's data. */
import * as z from "zod";
import type {
  DriftingPlace,
  IndexAdvice,
  OrphanWeek,
  ProbeWeek,
  SignatureWeek,
  SlowCall,
} from "../report/weekly/week.ts";
import { latencyDay } from "../trends/latency-days.ts";

const count = z.number().int().nonnegative();
const measure = z.number().nonnegative();
const tenant = z.string().min(1);

/** Of a tenant the worst that are recorded by name; the reconciliation itself tells of all. */
export const mostDrifting = 20;

const drifting = z.object({
  yachtId: z.string(),
  partId: z.string(),
  location: z.string(),
  total: z.number(),
  cached: z.number(),
  drift: measure,
}) satisfies z.ZodType<Omit<DriftingPlace, "tenant" | "days">>;

const reconciled = z.object({
  tenant,
  mode: z.enum(["incremental", "full"]),
  /** Stock rows compared. */
  examined: count,
  breaks: count,
  /** The worst drift of any part or place. */
  worst: measure,
  /** The worst first. A record of before has none. */
  drifting: z.array(drifting).max(mostDrifting).default([]),
});

const reviewed = z.object({
  tenant,
  /** ISO 8601: the signatures from here on were reviewed. */
  since: z.iso.datetime(),
  executed: count,
  withEvidence: count,
  unsignedInV1: count,
  chainRows: count,
  defects: z.array(z.object({ kind: z.string(), detail: z.string() })),
}) satisfies z.ZodType<SignatureWeek>;

const probed = z.object({ tenant, attempts: count, violations: count }) satisfies z.ZodType<ProbeWeek>;

const searched = z.object({
  tenant,
  rowsWithoutObject: count,
  objectsWithoutRow: count,
  unswept: count,
}) satisfies z.ZodType<OrphanWeek>;

const queried = z.object({
  tenant,
  slowCalls: z.array(
    z.object({ tenant, call: z.string(), calls: count, mean: measure, share: measure }),
  ) satisfies z.ZodType<SlowCall[]>,
  indexAdvice: z.array(z.object({ tenant, table: z.string(), advice: z.string() })) satisfies z.ZodType<
    IndexAdvice[]
  >,
});

/** `at`: the time that the run is of, ISO 8601, UTC; of one by hand when it was over. */
const head = { environment: z.string().min(1), at: z.iso.datetime() };

export const jobRecord = z.discriminatedUnion("job", [
  z.object({ job: z.literal("reconcile"), ...head, results: z.array(reconciled) }),
  z.object({ job: z.literal("reconcileAll"), ...head, results: z.array(reconciled) }),
  z.object({ job: z.literal("review"), ...head, results: z.array(reviewed) }),
  z.object({ job: z.literal("probe"), ...head, results: z.array(probed) }),
  z.object({ job: z.literal("orphans"), ...head, results: z.array(searched) }),
  z.object({ job: z.literal("queries"), ...head, results: z.array(queried) }),
  z.object({ job: z.literal("trends"), ...head, results: z.array(latencyDay) }),
]);

export type JobRecord = z.output<typeof jobRecord>;
export type RecordedJob = JobRecord["job"];

/** The results of a run, before it is known when it was over. */
export type RecordedRun = JobRecord extends infer Each
  ? Each extends JobRecord
    ? Pick<Each, "job" | "results">
    : never
  : never;

/** In the order of their folders. */
export const recordedJobs = jobRecord.options.map(({ shape }) => shape.job.value);
