import type * as z from "zod";
import type { Scope } from "./database/scope.ts";
import type { QueueOutput } from "./labels/output-webhook.ts";
import type { Role } from "./roles.ts";
import type { ObjectStore } from "./storage/object-store.ts";

/** What a handler works with: who asks for which yacht, and the tenant's database. */
export interface ActionContext {
  readonly scope: Scope;
  /** Runs `part_lens.<name>(scope, payload)` in the tenant's database: one round trip. Throws as the pools do. */
  call(name: string, payload: object): Promise<object>;
  readonly store: ObjectStore;
  /** Where labels are printed or mailed from; undefined when nothing is configured. */
  readonly queueOutput?: QueueOutput | undefined;
}

export interface Action<Payload extends object = object> {
  readonly kind: "read" | "mutate" | "signed";
  readonly roles: readonly Role[];
  /** Without the signature, which is verified before the handler runs and never reaches it. */
  readonly payload: z.ZodType<Payload>;
  readonly keyRequired?: true;
  /** Answers the action's own fields; throws what the catalogue of errors has. */
  handler(context: ActionContext, payload: Payload): Promise<object>;
}

/** Binds the handler's payload to the schema, then forgets the type: a catalogue holds actions of many. */
export function defineAction<Payload extends object>(action: Action<Payload>): Action {
  return action as Action;
}

/** A catalogue, by action name. */
export type Catalogue = Record<string, Action>;
