import type { StageName } from "../../../flags/plan.ts";
import type { AlarmKey } from "../../../monitoring/alarms.ts";

/** A v2 action's handler as the product defines it; a fault sees no more of it than this. */
export type ActionHandler = (context: unknown, payload: unknown) => Promise<object>;

/** Something that goes wrong with v2, put around its action handlers from outside the product. */
export interface Fault {
  readonly description: string;
  /** The alarms of which the first to fire must be one, by the stage the fault begins in. */
  readonly expected: Readonly<Record<Exclude<StageName, "off">, readonly AlarmKey[]>>;
  /** The handler with the fault in it. Called anew each time the fault is switched on. */
  wrap(handler: ActionHandler): ActionHandler;
}

/** The same alarms at every stage. */
export function atEveryStage(...keys: readonly AlarmKey[]): Fault["expected"] {
  return { "canary-5": keys, "ramp-20": keys, "ramp-50": keys, "full-100": keys };
}
