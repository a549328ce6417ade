import { createHash } from "node:crypto";

/** A yacht as the config knows it: pilots go first, hold-outs never go. */
export interface CohortYacht {
  readonly id: string;
  readonly pilot?: boolean;
  readonly holdOut?: boolean;
}

export interface CohortRequest {
  /** Share of the fleet on v2, 0…100. */
  readonly percent: number;
  readonly yachts: readonly CohortYacht[];
  /** The cohort of the stage before: nobody in it leaves while the percent rises. */
  readonly previous?: readonly string[];
}

/**
 * The yachts on v2 at that percent, in the order in which they join: ceil(percent · N / 100) of the N yachts that
 * are not held out. The previous cohort stays whole and the rest joins pilots first, then by a stable hash, so
 * that adding or removing a yacht ejects nobody else. At 0 nobody, pilots included.
 * Throws a RangeError for a percent outside 0…100. Source: domain.md, "The rollout".
 */
export function cohortOf({ percent, yachts, previous = [] }: CohortRequest): string[] {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`percent must be 0…100, not ${percent}`);
  if (percent === 0) return [];
  const candidates = joiningOrder(yachts);
  const members = new Set(previous.filter((id) => candidates.includes(id)));
  const size = Math.ceil((percent * candidates.length) / 100);
  for (const id of candidates) {
    if (members.size >= size) break;
    members.add(id);
  }
  return candidates.filter((id) => members.has(id));
}

/**
 * The cohort of a stage that is already running: who was recorded stays, a yacht added since waits for the next
 * stage, one that left the fleet or is now held out goes. At 100 there is no next stage to wait for: all are on.
 */
export function runningCohort({ percent, yachts, previous = [] }: CohortRequest): string[] {
  if (percent === 0 || percent === 100) return cohortOf({ percent, yachts, previous });
  return joiningOrder(yachts).filter((id) => previous.includes(id));
}

/** The yachts that stay on v1 at every stage, sorted by id. */
export function holdOutsOf(yachts: readonly CohortYacht[]): string[] {
  return yachts
    .filter((yacht) => yacht.holdOut)
    .map((yacht) => yacht.id)
    .sort();
}

/** Every yacht that may be on v2: pilots, then the rest, each group by the hash of its id. */
function joiningOrder(yachts: readonly CohortYacht[]): string[] {
  const ranked = yachts
    .filter((yacht) => !yacht.holdOut)
    .map((yacht) => ({ id: yacht.id, rank: `${yacht.pilot ? 0 : 1}${sha256(yacht.id)}` }));
  return [...new Set(ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map((yacht) => yacht.id))];
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
