/** The Lambda entries of the scheduled jobs, `index.<handler>`; see job-schedule.ts. */
import { reviewedMilliseconds, review as reviewTenants, type TenantReview } from "./audit-review/review.ts";
import { evidenceBucket } from "./evidence-store-adapter.ts";
import { checkIntegrity, type TenantIntegrity } from "./integrity-check.ts";
import type { RecordedRun } from "./job-records/job-record.ts";
import { RecordKeeper } from "./job-records/record-keeper.ts";
import {
  orphansRun,
  probeRun,
  queriesRun,
  reconcileRun,
  reviewRun,
  trendsRun,
} from "./job-records/recorded-run.ts";
import { apiLog, type JobsEnv, jobsEnv } from "./jobs-env.ts";
import { latencyOf } from "./latency-adapter.ts";
import { findingsLine, metricNamespace } from "./metrics.ts";
import { searchOrphans, type YachtOrphans } from "./orphan-search.ts";
import { type FleetProbe, probe as probeFleet } from "./probes/probe.ts";
import { memoryCursors } from "./reconciliation/cursors.ts";
import { reconcile as reconcileTenants } from "./reconciliation/reconcile.ts";
import { driftAlerts, type Reconciliation } from "./reconciliation/reconciliation.ts";
import { dayBefore, type ScheduledRun, timeOf } from "./scheduled-run.ts";
import type { LatencyDay } from "./trends/latency-days.ts";
import { reviewQueries, type TenantQueries } from "./trends/query-review.ts";

/** One line and nothing else: console.log itself would print what forEach hands on besides, and no line would be a metric. */
const print = (line: string): void => console.log(line);
const cursors = memoryCursors();
const keeper = new RecordKeeper();

/** Runs it in the function's environment, and leaves its record of that time. */
async function recorded<Result>(
  event: ScheduledRun,
  run: (env: JobsEnv, at: Date) => Promise<Result[]>,
  recordOf: (results: readonly Result[]) => RecordedRun,
): Promise<Result[]> {
  const env = jobsEnv(process.env);
  const at = timeOf(event);
  const results = await run(env, at);
  if (env.recordsBucket)
    await keeper.keep(evidenceBucket(env.recordsBucket), env.environment, recordOf(results), at);
  return results;
}

/** The same of a job that finds: it emits how many of the results somebody must hear of, before it leaves its record. */
function counted<Result>(
  event: ScheduledRun,
  run: (env: JobsEnv) => Promise<Result[]>,
  findingsOf: (result: Result) => number,
  recordOf: (results: readonly Result[]) => RecordedRun,
): Promise<Result[]> {
  const telling = async (env: JobsEnv) => {
    const results = await run(env);
    const findings = results.reduce((sum, result) => sum + findingsOf(result), 0);
    print(findingsLine(metricNamespace(env.environment), recordOf(results).job, findings));
    return results;
  };
  return recorded(event, telling, recordOf);
}

export function integrity(): Promise<TenantIntegrity[]> {
  return checkIntegrity(jobsEnv(process.env), print);
}

export function probe(event: ScheduledRun = {}): Promise<FleetProbe[]> {
  return counted(
    event,
    (env) => probeFleet(env, print),
    ({ violations }) => violations.length,
    probeRun,
  );
}

/** What a run of the function found clean is left out by its next; `{ "full": true }`: nothing is. */
export function reconcile(event: ScheduledRun & { readonly full?: boolean } = {}): Promise<Reconciliation[]> {
  const full = event.full === true;
  return counted(
    event,
    (env) => reconcileTenants(env, { full, cursors, print }),
    (found) => driftAlerts(found).length,
    (results) => reconcileRun(results, full),
  );
}

export function review(event: ScheduledRun = {}): Promise<TenantReview[]> {
  return counted(
    event,
    (env) => reviewTenants(env, { since: new Date(Date.now() - reviewedMilliseconds), print }),
    ({ defects }) => defects.length,
    reviewRun,
  );
}

export function orphans(event: ScheduledRun = {}): Promise<YachtOrphans[]> {
  return counted(
    event,
    (env) => searchOrphans(env, print),
    ({ orphans: found }) => found.length,
    orphansRun,
  );
}

export function queries(event: ScheduledRun = {}): Promise<TenantQueries[]> {
  return recorded(event, reviewQueries, queriesRun);
}

/** Of the day before: a day that goes on has no latency yet. */
export function trends(event: ScheduledRun = {}): Promise<LatencyDay[]> {
  return recorded(event, (env, at) => latencyOf(apiLog(env), dayBefore(at)), trendsRun);
}
