/** v2 does not fail: it hangs, or takes the whole process with it. */
import type { Fault } from "./fault.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** Only the handler's deadline ends a request, as a timeout. It is slow as well, which stands first among the causes. */
export const hang: Fault = {
  description: "v2 never answers",
  expected: atEveryStage(rollsBackBy(["slowShare", "errorRate"], bounds.fiveMinutes)),
  at: ["canary-5"],
  wrap: () => () => new Promise(() => undefined),
};

/** No line is left that could blame a version: AWS's own counters alone tell of it. */
export const exit: Fault = {
  description: "v2 ends its process",
  expected: atEveryStage(rollsBackBy(["functionErrors", "gatewayErrors"], bounds.fiveMinutes)),
  at: ["canary-5"],
  losesLines: true,
  wrap: () => () => process.exit(1),
};
