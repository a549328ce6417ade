/** What a week of jobs left behind, as the weekly report shows it: plain data. */
import type { LatencyDay } from "../../trends/latency-days.ts";

/** One day of one tenant's reconciliation. */
export interface DriftDay {
  /** ISO date. */
  readonly day: string;
  readonly tenant: string;
  /** Stock rows compared, all runs of the day that left a record together. */
  readonly examined: number;
  /** Integrity breaks in the worst run. */
  readonly breaks: number;
  /** The worst drift of any part, 0…1. Source: domain.md, "Data". */
  readonly worst: number;
}

/** A place of a part whose cache was not the sum of its ledger. */
export interface DriftingPlace {
  readonly tenant: string;
  readonly yachtId: string;
  readonly partId: string;
  readonly location: string;
  /** The sum of the ledger and the cache beside it, as they were last seen apart, in the part's unit. */
  readonly total: number;
  readonly cached: number;
  /** Of the place or of the whole part, whichever is worse, 0…1 and above. */
  readonly drift: number;
  /** ISO dates on which it was seen, ascending. */
  readonly days: readonly string[];
}

/** The review of one tenant's audit log. */
export interface SignatureWeek {
  readonly tenant: string;
  /** v2's adjusts and write-offs, and how many of them carry verified evidence. */
  readonly executed: number;
  readonly withEvidence: number;
  /** v1's unsigned adjusts: legitimate, reported, never counted. Source: domain.md. */
  readonly unsignedInV1: number;
  /** Rows of the hash chains that were followed. */
  readonly chainRows: number;
  readonly defects: readonly { readonly kind: string; readonly detail: string }[];
}

/** A function of the database that takes its time. */
export interface SlowCall {
  readonly tenant: string;
  readonly call: string;
  readonly calls: number;
  /** Milliseconds. */
  readonly mean: number;
  /** Of all time spent in calls, 0…1. */
  readonly share: number;
}

export interface IndexAdvice {
  readonly tenant: string;
  readonly table: string;
  readonly advice: string;
}

/** What probes and checks of the storage found. */
export interface ProbeWeek {
  readonly tenant: string;
  /** Those of the runs that left a record; a job that runs every minute does not leave one each time. */
  readonly attempts: number;
  readonly violations: number;
}

export interface OrphanWeek {
  readonly tenant: string;
  readonly rowsWithoutObject: number;
  readonly objectsWithoutRow: number;
  /** Objects that nobody confirmed, and nobody swept. */
  readonly unswept: number;
}

export interface Week {
  readonly environment: string;
  /** ISO dates; `to` is the day after the last. */
  readonly from: string;
  readonly to: string;
  readonly drift: readonly DriftDay[];
  /** The worst first: those that the runs named. */
  readonly drifting: readonly DriftingPlace[];
  readonly signatures: readonly SignatureWeek[];
  readonly latency: readonly LatencyDay[];
  readonly slowCalls: readonly SlowCall[];
  readonly indexAdvice: readonly IndexAdvice[];
  readonly probes: readonly ProbeWeek[];
  readonly orphans: readonly OrphanWeek[];
  /** What should be here and is not, a sentence each: a job that did not run, a day without a result. */
  readonly missing: readonly string[];
}

const dayMilliseconds = 24 * 3_600_000;

/** The days of the week, ISO dates, ascending. */
export function daysOf({ from, to }: Pick<Week, "from" | "to">): string[] {
  const first = Date.parse(from);
  const count = Math.round((Date.parse(to) - first) / dayMilliseconds);
  return Array.from({ length: count }, (_, index) =>
    new Date(first + index * dayMilliseconds).toISOString().slice(0, 10),
  );
}
