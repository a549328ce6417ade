import { noMetrics, v1Errors } from "./blameless.ts";
import { exit, hang } from "./dead-process.ts";
import { errors } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { latency } from "./latency.ts";
import { ledgerDrift } from "./ledger-drift.ts";
import { rlsLeak } from "./rls-leak.ts";
import { unsignedExecution } from "./unsigned-execution.ts";
import { killSwitchBroken, pinBroken } from "./ways-down.ts";

/** Every fault that a rehearsal can inject, by the name of its option. */
export const faults = {
  errors,
  latency,
  "rls-leak": rlsLeak,
  "unsigned-execution": unsignedExecution,
  "ledger-drift": ledgerDrift,
  hang,
  exit,
  "v1-errors": v1Errors,
  "no-metrics": noMetrics,
  "kill-switch-broken": killSwitchBroken,
  "pin-broken": pinBroken,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
