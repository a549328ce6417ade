/** The Lambda entries of the scheduled jobs, `index.<handler>`; see job-schedule.ts. */
import { reviewedMilliseconds, review as reviewTenants, type TenantReview } from "./audit-review/review.ts";
import { evidenceBucket } from "./evidence-store-adapter.ts";
import { checkIntegrity, type TenantIntegrity } from "./integrity-check.ts";
import type { RecordedRun } from "./job-records/job-record.ts";
import { RecordKeeper } from "./job-records/record-keeper.ts";
import { orphansRun, probeRun, queriesRun, reconcileRun, reviewRun } from "./job-records/recorded-run.ts";
import { type JobsEnv, jobsEnv } from "./jobs-env.ts";
import { findingsLine, metricNamespace } from "./metrics.ts";
import { searchOrphans, type YachtOrphans } from "./orphan-search.ts";
import { type FleetProbe, probe as probeFleet } from "./probes/probe.ts";
import { memoryCursors } from "./reconciliation/cursors.ts";
import { reconcile as reconcileTenants } from "./reconciliation/reconcile.ts";
import { driftAlerts, type Reconciliation } from "./reconciliation/reconciliation.ts";
import { reviewQueries, type TenantQueries } from "./trends/query-review.ts";

/** One line and nothing else: console.log itself would print what forEach hands on besides, and no line would be a metric. */
const print = (line: string): void => console.log(line);
const cursors = memoryCursors();
const keeper = new RecordKeeper();

/** Runs it in the function's environment, and leaves its record. */
async function recorded<Result>(
  run: (env: JobsEnv) => Promise<Result[]>,
  recordOf: (results: readonly Result[]) => RecordedRun,
): Promise<Result[]> {
  const env = jobsEnv(process.env);
  const results = await run(env);
  if (env.recordsBucket)
    await keeper.keep(evidenceBucket(env.recordsBucket), env.environment, recordOf(results));
  return results;
}

/** The same of a job that finds: it emits how many of the results somebody must hear of, before it leaves its record. */
function counted<Result>(
  run: (env: JobsEnv) => Promise<Result[]>,
  findingsOf: (result: Result) => number,
  recordOf: (results: readonly Result[]) => RecordedRun,
): Promise<Result[]> {
  return recorded(async (env) => {
    const results = await run(env);
    const findings = results.reduce((sum, result) => sum + findingsOf(result), 0);
    print(findingsLine(metricNamespace(env.environment), recordOf(results).job, findings));
    return results;
  }, recordOf);
}

export function integrity(): Promise<TenantIntegrity[]> {
  return checkIntegrity(jobsEnv(process.env), print);
}

export function probe(): Promise<FleetProbe[]> {
  return counted(
    (env) => probeFleet(env, print),
    ({ violations }) => violations.length,
    probeRun,
  );
}

/** What a run of the function found clean is left out by its next; `{ "full": true }`: nothing is. */
export function reconcile(event: { readonly full?: boolean } = {}): Promise<Reconciliation[]> {
  const full = event.full === true;
  return counted(
    (env) => reconcileTenants(env, { full, cursors, print }),
    (found) => driftAlerts(found).length,
    (results) => reconcileRun(results, full),
  );
}

export function review(): Promise<TenantReview[]> {
  return counted(
    (env) => reviewTenants(env, { since: new Date(Date.now() - reviewedMilliseconds), print }),
    ({ defects }) => defects.length,
    reviewRun,
  );
}

export function orphans(): Promise<YachtOrphans[]> {
  return counted(
    (env) => searchOrphans(env, print),
    ({ orphans: found }) => found.length,
    orphansRun,
  );
}

export function queries(): Promise<TenantQueries[]> {
  return recorded(reviewQueries, queriesRun);
}
