import type { StageName } from "../../../flags/plan.ts";
import type { FaultName } from "../faults/catalogue.ts";

/** What a rehearsal is asked to do. */
export interface RehearsalOptions {
  readonly fault: FaultName | "none";
  /** The stage in which the fault begins, the first time it is reached. */
  readonly at: Exclude<StageName, "off">;
  readonly seed: string;
  /** `rollback`: ends once the rollback is proven and acknowledged. Otherwise the last stage to pass. */
  readonly until: Exclude<StageName, "off"> | "rollback";
  /** A PMS export for the first yacht. */
  readonly inventory: string;
  /** Where the stack lives while it runs. */
  readonly directory: string;
  readonly keyDirectory: string;
}
