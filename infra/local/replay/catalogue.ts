import type { Replay } from "./replay.ts";
import {
  dependencyAboveControl,
  dependencyOfBoth,
  dependencyOfV2,
  tenantDown,
} from "./replays/dependency.ts";
import {
  checkoutRaises,
  deploymentRunning,
  judgeCrash,
  judgeCrashWithErrors,
  newAlarmWithoutData,
} from "./replays/gates.ts";
import { healthy } from "./replays/healthy.ts";
import { dataBroken, flapping, rlsRefused, unsignedAttempts, unsignedExecuted } from "./replays/isolation.ts";
import { clockAhead, clockBehind, lateErrors, lateLeak, lateMetrics } from "./replays/metrics.ts";
import {
  burning,
  errorRateAboveTrigger,
  errorRateBelowTrigger,
  errorRateProven,
  errorSpike,
  slowGrowth,
  slowTail,
  timeoutsAboveControl,
  timeoutsBelowTrigger,
  timeoutsProvenAboveControl,
  tooLittleTraffic,
} from "./replays/shares.ts";
import {
  appConfigConflict,
  killSwitchAlone,
  notificationsDown,
  pinAlone,
  pollOutage,
} from "./replays/ways-down.ts";
import { crashing, gatewayFailing, throttled } from "./replays/without-author.ts";

/** Every fault that is replayed, by the name of its option. */
export const replays = {
  healthy,
  "slow-tail": slowTail,
  "slow-growth": slowGrowth,
  "error-rate-1.5": errorRateBelowTrigger,
  "timeouts-1.5": timeoutsBelowTrigger,
  "timeouts-0.5": timeoutsAboveControl,
  "timeouts-0.5-proven": timeoutsProvenAboveControl,
  "error-rate-2.5": errorRateAboveTrigger,
  "error-rate-4": errorRateProven,
  "error-spike": errorSpike,
  burning,
  "too-little-traffic": tooLittleTraffic,
  "late-metrics": lateMetrics,
  "late-errors": lateErrors,
  "late-leak": lateLeak,
  "clock-behind": clockBehind,
  "clock-ahead": clockAhead,
  throttled,
  crashing,
  "gateway-failing": gatewayFailing,
  "rls-refused": rlsRefused,
  "unsigned-executed": unsignedExecuted,
  "data-broken": dataBroken,
  "unsigned-attempts": unsignedAttempts,
  "flapping-alarm": flapping,
  "pin-alone": pinAlone,
  "kill-switch-alone": killSwitchAlone,
  "app-config-conflict": appConfigConflict,
  "notifications-down": notificationsDown,
  "poll-outage": pollOutage,
  "new-alarm-without-data": newAlarmWithoutData,
  "deployment-running": deploymentRunning,
  "checkout-raises": checkoutRaises,
  "judge-crash": judgeCrash,
  "judge-crash-with-errors": judgeCrashWithErrors,
  "dependency-of-both": dependencyOfBoth,
  "dependency-of-v2": dependencyOfV2,
  "dependency-above-control": dependencyAboveControl,
  "tenant-of-both-down": tenantDown,
} as const satisfies Record<string, Replay>;

export type ReplayName = keyof typeof replays;
