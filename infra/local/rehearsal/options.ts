import type { RisenStage, Script } from "../faults/script.ts";

/** When in its stage a fault begins: while it bakes, in a hold that somebody has put on it, or after its verdict. */
export const moments = ["baking", "held", "baked"] as const;

/** What a rehearsal is asked to do. */
export interface RehearsalOptions {
  /** The name of what goes wrong, or none. */
  readonly fault: string;
  /** What it says of itself; undefined: nothing goes wrong. */
  readonly script: Script | undefined;
  /** The stage in which the fault begins, the first time it is reached. */
  readonly at: RisenStage;
  /** Default: baking. */
  readonly when?: (typeof moments)[number];
  /**
   * `rollback`: ends once the rollback is proven and acknowledged. `production-ready`: goes on for seven days at 100 %,
   * declares, and seals the evidence. Otherwise the last stage to pass.
   */
  readonly until: RisenStage | "rollback" | "production-ready";
  /** The stage that the fault begins in is the first: those before are recorded as passed, not gone through. */
  readonly startsAtItsStage?: true;
  readonly seed: string;
}

/** Where a rehearsed stack is stood up, and what lies in it. */
export interface StandOptions {
  readonly seed: string;
  /** A PMS export for the first yacht. */
  readonly inventory: string;
  /** Where the stack lives while it runs. */
  readonly directory: string;
  readonly keyDirectory: string;
}
