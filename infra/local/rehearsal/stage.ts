import type { VirtualClock } from "../clock.ts";
import type { RehearsedStack } from "../rehearsed-stack.ts";
import type { ServiceOutputs } from "../stack-outputs.ts";
import type { LedgerCheck } from "./ledger-check.ts";
import type { Observations } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import type { Thinned } from "./prepared-stack.ts";
import type { SceneParts } from "./scene.ts";

/** What a rehearsal is given on: a stack that is up, and how a minute of traffic passes on it. */
export interface Stage {
  readonly clock: VirtualClock;
  readonly stack: RehearsedStack;
  readonly service: ServiceOutputs;
  /** "type name" of each resource that is recorded only. */
  readonly notSimulated: readonly string[];
  /** For one rehearsal. `invoked` hears what the functions of the topics answer. */
  open(
    options: RehearsalOptions,
    observations: Observations,
    invoked: (functionName: string, payload: unknown) => void,
  ): StageParts;
}

export interface StageParts
  extends Pick<SceneParts, "collects" | "conductor" | "inject" | "judging" | "signed"> {
  /** Left out where nothing is scheduled: metrics are replayed. */
  readonly thin?: (thinned: Thinned | undefined) => void;
  /** Undefined where there is no database. */
  checkLedger(): Promise<LedgerCheck | undefined>;
  close(): void;
}
