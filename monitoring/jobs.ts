/** The Lambda entries of the scheduled jobs, `index.<handler>`; see job-schedule.ts. */
import { reviewedMilliseconds, review as reviewTenants, type TenantReview } from "./audit-review/review.ts";
import { checkIntegrity, type TenantIntegrity } from "./integrity-check.ts";
import type { JobName } from "./job-schedule.ts";
import { type JobsEnv, jobsEnv } from "./jobs-env.ts";
import { findingsLine, metricNamespace } from "./metrics.ts";
import { searchOrphans, type YachtOrphans } from "./orphan-search.ts";
import { type FleetProbe, probe as probeFleet } from "./probes/probe.ts";
import { memoryCursors } from "./reconciliation/cursors.ts";
import { reconcile as reconcileTenants } from "./reconciliation/reconcile.ts";
import { driftAlerts, type Reconciliation } from "./reconciliation/reconciliation.ts";

/** One line and nothing else: console.log itself would print what forEach hands on besides, and no line would be a metric. */
const print = (line: string): void => console.log(line);
const cursors = memoryCursors();

/** Runs it in the function's environment, and emits how many of the results somebody must hear of. */
async function counted<Result>(
  job: JobName,
  run: (env: JobsEnv) => Promise<Result[]>,
  findingsOf: (result: Result) => number,
): Promise<Result[]> {
  const env = jobsEnv(process.env);
  const results = await run(env);
  const findings = results.reduce((sum, result) => sum + findingsOf(result), 0);
  print(findingsLine(metricNamespace(env.environment), job, findings));
  return results;
}

export function integrity(): Promise<TenantIntegrity[]> {
  return checkIntegrity(jobsEnv(process.env), print);
}

export function probe(): Promise<FleetProbe[]> {
  return counted(
    "probe",
    (env) => probeFleet(env, print),
    ({ violations }) => violations.length,
  );
}

/** What a run of the function found clean is left out by its next; `{ "full": true }`: nothing is. */
export function reconcile(event: { readonly full?: boolean } = {}): Promise<Reconciliation[]> {
  const full = event.full === true;
  return counted(
    full ? "reconcileAll" : "reconcile",
    (env) => reconcileTenants(env, { full, cursors, print }),
    (found) => driftAlerts(found).length,
  );
}

export function review(): Promise<TenantReview[]> {
  return counted(
    "review",
    (env) => reviewTenants(env, { since: new Date(Date.now() - reviewedMilliseconds), print }),
    ({ defects }) => defects.length,
  );
}

export function orphans(): Promise<YachtOrphans[]> {
  return counted(
    "orphans",
    (env) => searchOrphans(env, print),
    ({ orphans: found }) => found.length,
  );
}
