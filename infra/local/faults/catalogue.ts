import { badDeploy } from "./bad-deploy.ts";
import { noMetrics, v1Errors } from "./blameless.ts";
import { exit, hang } from "./dead-process.ts";
import { storageFailing, tenantDown } from "./dependency.ts";
import { errors } from "./errors.ts";
import type { Fault } from "./fault.ts";
import { fewErrors } from "./few-errors.ts";
import { policyDropped, privilegeRevoked, probesRefused } from "./isolation.ts";
import { latency } from "./latency.ts";
import { ledgerDrift } from "./ledger-drift.ts";
import { orphanedTransaction } from "./orphan.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { rlsLeak } from "./rls-leak.ts";
import { unsignedExecution } from "./unsigned-execution.ts";
import { v1Adjusts } from "./v1-adjusts.ts";
import { killSwitchBroken, pinBroken } from "./ways-down.ts";

/** Every fault that a rehearsal can inject, by the name of its option. */
export const faults = {
  errors,
  "few-errors": fewErrors,
  latency,
  "rls-leak": rlsLeak,
  "unsigned-execution": unsignedExecution,
  "ledger-drift": ledgerDrift,
  "orphaned-transaction": orphanedTransaction,
  "privilege-revoked": privilegeRevoked,
  "policy-dropped": policyDropped,
  "probes-refused": probesRefused,
  "storage-failing": storageFailing,
  "tenant-down": tenantDown,
  hang,
  exit,
  "out-of-memory": outOfMemory,
  "bad-deploy": badDeploy,
  "v1-errors": v1Errors,
  "v1-adjusts": v1Adjusts,
  "no-metrics": noMetrics,
  "kill-switch-broken": killSwitchBroken,
  "pin-broken": pinBroken,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
