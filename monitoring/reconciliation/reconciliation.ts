/** What reconciliation found, and what follows from it. Source: domain.md, "Data" and "Immediate rollback to 0". */
import { metricLine, metricNamespace } from "../metrics.ts";

/** A stock row whose cache is not the sum of its ledger. */
export interface Drift {
  readonly yachtId: string;
  readonly partId: string;
  readonly stockId: string;
  readonly location: string;
  readonly cached: number;
  readonly total: number;
  /** |total − cached| / max(|total|, 1), of this place. */
  readonly drift: number;
  /** The same of the whole part, over all its places. */
  readonly partDrift: number;
}

export interface Reconciliation {
  readonly tenant: string;
  readonly mode: "incremental" | "full";
  /** Stock rows compared. */
  readonly examined: number;
  readonly drifts: readonly Drift[];
  /** Ledger rows without their part or stock row. */
  readonly orphans: readonly { readonly yachtId: string; readonly transactionId: string }[];
  readonly duplicates: readonly { readonly yachtId: string; readonly key: string; readonly uses: number }[];
}

/** Above this share somebody is told. Source: domain.md, "After: … alert on drift > 1 % for any part". */
export const alertDrift = 0.01;

/** How many integrity breaks there are: any mismatch is one. */
export function breaksOf({ drifts, orphans, duplicates }: Reconciliation): number {
  return drifts.length + orphans.length + duplicates.length;
}

/** The largest drift of any place or part, 0…1. */
export function worstDrift({ drifts }: Pick<Reconciliation, "drifts">): number {
  return Math.max(0, ...drifts.flatMap(({ drift, partDrift }) => [drift, partDrift]));
}

/** One line for each place or part that drifted above the limit. */
export function driftAlerts({ tenant, drifts }: Reconciliation): string[] {
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  return drifts
    .filter(({ drift, partDrift }) => Math.max(drift, partDrift) > alertDrift)
    .map(
      ({ yachtId, partId, location, cached, total, drift }) =>
        `${tenant}: part ${partId} of yacht ${yachtId} at ${location}: cache ${cached}, ledger ${total}, drift ${percent(drift)}`,
    );
}

/**
 * The metric line of one tenant's check, zeros included: the alarm dataIntegrity sees the breaks, the declaration of
 * production-ready the drift, in percent. It has no author.
 */
export function reconciliationLine(environment: string, found: Reconciliation, at: number): string {
  const values = { integrityBreaks: breaksOf(found), drift: worstDrift(found) * 100 };
  const properties = { job: "reconciliation", tenant: found.tenant, examined: found.examined };
  return metricLine(metricNamespace(environment), "any", values, properties, at);
}
