/**
 * Loaded with `node --import` before the API's bundle, in the rehearsal's child process only. It lets faults around
 * the handlers of `v1Actions` and `v2Actions` without a change to the bundle: a load hook hands those tables out as
 * the module is read, so the file on disk, and with it the bundle's hash, stay what they are on AWS. Switched by messages
 * `{ fault: name | null }` from the rehearsal.
 */
import { registerHooks } from "node:module";
import type { Version } from "../../../monitoring/metrics.ts";
import { type FaultName, faults } from "./catalogue.ts";
import type { ActionHandler, Fault } from "./fault.ts";

type Actions = Record<string, { handler: ActionHandler }>;

const handOut = "partLensActions";
const original = new Map<Actions[string], ActionHandler>();
let tables: Record<Version, Actions> | undefined;

Object.defineProperty(globalThis, handOut, {
  value: (v1: Actions, v2: Actions) => {
    tables = { v1, v2 };
    for (const action of [v1, v2].flatMap(Object.values<Actions[string]>))
      original.set(action, action.handler);
  },
});

// A bundle without these tables fails here with a ReferenceError: better no start than a fault that never bites.
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith("/index.mjs") || !loaded.source) return loaded;
    return {
      ...loaded,
      source: `${loaded.source.toString()}\nglobalThis.${handOut}(v1Actions, v2Actions);\n`,
    };
  },
});

function use(fault: FaultName | null): void {
  for (const [action, handler] of original) action.handler = handler;
  if (!fault) return;
  const { version = "v2", wrap }: Fault = faults[fault];
  for (const action of Object.values(tables?.[version] ?? {})) {
    action.handler = wrap?.(action.handler) ?? action.handler;
  }
}

function isSwitch(message: unknown): message is { fault: FaultName | null } {
  return typeof message === "object" && message !== null && "fault" in message;
}

process.on("message", (message) => {
  if (!isSwitch(message)) return;
  use(message.fault);
  process.send?.({ faultIs: message.fault });
});
