/** The results of each job's run, as its record has them. */
import { signedActions } from "../audit-review/permitted-roles.ts";
import type { TenantReview } from "../audit-review/review.ts";
import type { YachtOrphans } from "../orphan-search.ts";
import type { FleetProbe } from "../probes/probe.ts";
import { breaksOf, type Drift, type Reconciliation, worstDrift } from "../reconciliation/reconciliation.ts";
import type { OrphanKind } from "../storage-orphans.ts";
import type { LatencyDay } from "../trends/latency-days.ts";
import type { TenantQueries } from "../trends/query-review.ts";
import { mostDrifting, type RecordedRun } from "./job-record.ts";

export function reconcileRun(found: readonly Reconciliation[], full: boolean): RecordedRun {
  const results = found.map((one) => ({
    tenant: one.tenant,
    mode: one.mode,
    examined: one.examined,
    breaks: breaksOf(one),
    worst: worstDrift(one),
    drifting: one.drifts
      .map(placeOf)
      .toSorted((a, b) => b.drift - a.drift)
      .slice(0, mostDrifting),
  }));
  return { job: full ? "reconcileAll" : "reconcile", results };
}

/** What the alert names, with the drift of the place or of the whole part, whichever is worse. */
function placeOf({ yachtId, partId, location, total, cached, drift, partDrift }: Drift) {
  return { yachtId, partId, location, total, cached, drift: Math.max(drift, partDrift) };
}

export function reviewRun(found: readonly TenantReview[]): RecordedRun {
  const results = found.map(({ tenant, since, chainRows, distribution, signedActions: signed, defects }) => ({
    tenant,
    since: new Date(since).toISOString(),
    ...signed,
    unsignedInV1: distribution
      .filter(
        ({ version, action }) => version === "v1" && (signedActions as readonly string[]).includes(action),
      )
      .reduce((sum, { count, signed: withEvidence }) => sum + count - withEvidence, 0),
    chainRows,
    defects: defects.map(({ kind, yachtId, sequence, detail }) => ({
      kind,
      detail: `row ${sequence} of yacht ${yachtId}: ${detail}`,
    })),
  }));
  return { job: "review", results };
}

export function probeRun(found: readonly FleetProbe[]): RecordedRun {
  const results = found.map(({ tenant, attempts, violations }) => ({
    tenant,
    attempts,
    violations: violations.length,
  }));
  return { job: "probe", results };
}

/** The search goes yacht by yacht; a tenant's are taken together. */
export function orphansRun(found: readonly YachtOrphans[]): RecordedRun {
  const results = [...Map.groupBy(found, ({ tenant }) => tenant)].map(([tenant, yachts]) => {
    const orphans = yachts.flatMap((yacht) => yacht.orphans);
    const count = (kind: OrphanKind) => orphans.filter((one) => one.kind === kind).length;
    return {
      tenant,
      rowsWithoutObject: count("rowWithoutObject"),
      objectsWithoutRow: count("objectWithoutRow"),
      unswept: count("unswept"),
    };
  });
  return { job: "orphans", results };
}

export function queriesRun(found: readonly TenantQueries[]): RecordedRun {
  const results = found.map(({ tenant, slowCalls, indexAdvice }) => ({
    tenant,
    slowCalls: slowCalls.map((one) => ({ tenant, ...one })),
    indexAdvice: indexAdvice.map(({ kind, table, index, advice }) => ({
      tenant,
      table: index === null ? table : `${table}, index ${index}`,
      advice: `${kind}: ${advice}`,
    })),
  }));
  return { job: "queries", results };
}

export function trendsRun(found: readonly LatencyDay[]): RecordedRun {
  return { job: "trends", results: [...found] };
}
