import { errors } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { latency } from "./latency.ts";
import { rlsLeak } from "./rls-leak.ts";

/** Every fault that a rehearsal can inject, by the name of its option. */
export const faults = {
  errors,
  latency,
  "rls-leak": rlsLeak,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
