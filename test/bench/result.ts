/** What a benchmark found. */
export interface Result {
  readonly section: string;
  readonly what: string;
  /** The median over the rounds. */
  readonly value: number;
  readonly unit: "×" | "µs" | "ms" | "MB" | "open" | "calls/s";
  /** Over the rounds. */
  readonly range?: readonly [least: number, most: number];
  /** A ratio of throughputs must reach its goal, everything else must stay below it. */
  readonly goal?: { readonly limit: number; readonly better: "higher" | "lower" };
  /** What keeps it from being better, as measured; "" where that says nothing. */
  readonly limitedBy: string;
}

/** What could not be measured here, and why. */
export interface Skipped {
  readonly section: string;
  readonly what: string;
  readonly reason: string;
}

export interface Findings {
  readonly results: readonly Result[];
  readonly skipped: readonly Skipped[];
}

/** Undefined for what has no goal. */
export function isMet({ value, goal }: Pick<Result, "value" | "goal">): boolean | undefined {
  if (!goal) return undefined;
  return goal.better === "higher" ? value >= goal.limit : value <= goal.limit;
}

/** How much of everything is done: the sizes of a full run, a quick one or a test's. */
export interface Sizes {
  /** Of one measurement under load. */
  readonly seconds: number;
  /** Measurements of each kind, interleaved. */
  readonly rounds: number;
  readonly connections: readonly number[];
  /** That receive parts under load. */
  readonly yachts: number;
  /** Ledger rows of other yachts in the largest database. */
  readonly rows: number;
  readonly tenants: number;
  readonly databases: number;
}

/** Tells how far the benchmark is. */
export type Progress = (text: string) => void;
