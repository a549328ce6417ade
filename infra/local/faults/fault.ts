import type { StageName } from "../../../flags/plan.ts";
import type { AlarmKey } from "../../../monitoring/alarms.ts";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import type { LocalStack } from "../local-stack.ts";

/** A v2 action's handler as the product defines it; a fault sees no more of it than this. */
export type ActionHandler = (context: unknown, payload: unknown) => Promise<object>;

/** Something that goes wrong, from outside the product: around v2's action handlers, in AWS's services, or both. */
export interface Fault {
  readonly description: string;
  /** The alarms of which the first to fire must be one, by the stage the fault begins in. */
  readonly expected: Readonly<Record<Exclude<StageName, "off">, readonly AlarmKey[]>>;
  /** The way down that must work alone; left out: either may be first. */
  readonly way?: WayDown;
  /** The handler with the fault in it. Called anew each time the fault is switched on, in the API's process. */
  wrap?(handler: ActionHandler): ActionHandler;
  /** What goes wrong around the product. */
  readonly host?: HostFault;
}

/** A local service that misbehaves. It runs in the host's process; both may be called again without harm. */
export interface HostFault {
  apply(stack: LocalStack): void;
  clear(stack: LocalStack): void;
}

/** The same alarms at every stage. */
export function atEveryStage(...keys: readonly AlarmKey[]): Fault["expected"] {
  return { "canary-5": keys, "ramp-20": keys, "ramp-50": keys, "full-100": keys };
}
