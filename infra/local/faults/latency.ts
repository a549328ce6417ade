import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "./fault.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** Above the 500 ms that count as slow, and below the handler's deadline: slow, but never an error. */
const delayMilliseconds = 700;

/** v2 thinks before it takes a connection, so that v1's pool is not starved. */
export const latency: Fault = {
  description: `v2 answers ${delayMilliseconds} ms late`,
  expected: atEveryStage(rollsBackBy(["slowShare"], bounds.fiveMinutes)),
  at: ["canary-5", "full-100"],
  wrap: (handler) => async (context, payload) => {
    await pause(delayMilliseconds);
    return handler(context, payload);
  },
};
