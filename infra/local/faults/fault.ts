import type { Version } from "../../../monitoring/metrics.ts";
import type { LocalStack } from "../local-stack.ts";
import type { Script } from "./script.ts";

/** What an action's handler sees of its request: whose it is, and the one way to the tenant's database. */
export interface ActionContext {
  readonly call: (name: string, payload: unknown) => Promise<object>;
}

/** An action's handler as the product defines it; a fault sees no more of it than this. */
export type ActionHandler = (context: ActionContext, payload: object) => Promise<object>;

/** Something that goes wrong, from outside the product: around its action handlers, in AWS's services, or both. */
export interface Fault extends Script {
  /** The handler with the fault in it. Called anew each time the fault is switched on, in the API's process. */
  wrap?(handler: ActionHandler): ActionHandler;
  /** Whose handlers are wrapped; left out: v2's. */
  readonly version?: Version;
  /** What goes wrong around the product. */
  readonly host?: HostFault;
  /** What is asked besides the ordinary traffic while it lasts. */
  readonly asks?: "unsignedAdjustsOfV1" | "uploads" | "probes";
}

/** Something outside the API's process that misbehaves. It runs in the host's; both may be called again without harm. */
export interface HostFault<Stack = LocalStack> {
  apply(stack: Stack): void | Promise<void>;
  clear(stack: Stack): void | Promise<void>;
}
