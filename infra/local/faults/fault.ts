import type { StageName } from "../../../flags/plan.ts";
import type { AlarmKey } from "../../../monitoring/alarms.ts";
import type { Version } from "../../../monitoring/metrics.ts";
import type { WayDown } from "../../../monitoring/report/timeline.ts";
import type { VerdictWord } from "../../../monitoring/rollout/event.ts";
import type { LocalStack } from "../local-stack.ts";

/** What a handler sees of its request: whose it is, and the one way to the tenant's database. */
export interface ActionContext {
  readonly call: (name: string, payload: unknown) => Promise<object>;
}

/** An action's handler as the product defines it; a fault sees no more of it than this. */
export type ActionHandler = (context: ActionContext, payload: object) => Promise<object>;

/** Something that goes wrong, from outside the product: around its action handlers, in AWS's services, or both. */
export interface Fault {
  readonly description: string;
  /** The alarms of which the first to fire must be one, by the stage the fault begins in. */
  readonly expected: Readonly<Record<Exclude<StageName, "off">, readonly AlarmKey[]>>;
  /** Nothing may roll back, and this is what the judge must say of the stage at the end of its bake. */
  readonly expectNone?: VerdictWord;
  /** The way down that must work alone; left out: either may be first. */
  readonly way?: WayDown;
  /** The handler with the fault in it. Called anew each time the fault is switched on, in the API's process. */
  wrap?(handler: ActionHandler): ActionHandler;
  /** Whose handlers are wrapped; left out: v2's. */
  readonly version?: Version;
  /** What goes wrong around the product. */
  readonly host?: HostFault;
  /** It shows in signed actions alone: the stage's begin with it. Left out: there are none from then on. */
  readonly signs?: true;
  /** It does not end when v2 is off: somebody has to repair it before anything else goes on. */
  readonly lasting?: true;
  /** The process dies in the middle of requests: what it has not printed by then, nobody can count. */
  readonly losesLines?: true;
}

/** Something outside the API's process that misbehaves. It runs in the host's; both may be called again without harm. */
export interface HostFault {
  apply(stack: LocalStack): void | Promise<void>;
  clear(stack: LocalStack): void | Promise<void>;
}

/** The same alarms at every stage. */
export function atEveryStage(...keys: readonly AlarmKey[]): Fault["expected"] {
  return { "canary-5": keys, "ramp-20": keys, "ramp-50": keys, "full-100": keys };
}
