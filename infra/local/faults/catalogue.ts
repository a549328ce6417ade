import { errors } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { latency } from "./latency.ts";
import { rlsLeak } from "./rls-leak.ts";
import { killSwitchBroken, pinBroken } from "./ways-down.ts";

/** Every fault that a rehearsal can inject, by the name of its option. */
export const faults = {
  errors,
  latency,
  "rls-leak": rlsLeak,
  "kill-switch-broken": killSwitchBroken,
  "pin-broken": pinBroken,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
