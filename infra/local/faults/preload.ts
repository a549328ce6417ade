/**
 * Loaded with `node --import` before the API's bundle, in the rehearsal's child process only. It lets faults around
 * the handlers of `v2Actions` without a change to the bundle: a load hook hands that table out as the module is read,
 * so the file on disk, and with it the bundle's hash, stay what they are on AWS. Switched by messages
 * `{ fault: name | null }` from the rehearsal.
 */
import { registerHooks } from "node:module";
import { type FaultName, faults } from "./catalogue.ts";
import type { ActionHandler, Fault } from "./fault.ts";

type Actions = Record<string, { handler: ActionHandler }>;

const handOut = "partLensActions";
const original = new Map<string, ActionHandler>();
let actions: Actions | undefined;

Object.defineProperty(globalThis, handOut, {
  value: (table: Actions) => {
    actions = table;
    for (const [name, action] of Object.entries(table)) original.set(name, action.handler);
  },
});

// A bundle without a `v2Actions` fails here with a ReferenceError: better no start than a fault that never bites.
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith("/index.mjs") || !loaded.source) return loaded;
    return { ...loaded, source: `${loaded.source.toString()}\nglobalThis.${handOut}(v2Actions);\n` };
  },
});

function use(fault: FaultName | null): void {
  for (const [name, action] of Object.entries(actions ?? {})) {
    const handler = original.get(name) as ActionHandler;
    action.handler = (fault && (faults[fault] as Fault).wrap?.(handler)) || handler;
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
