import type { Fault } from "./fault.ts";
import { bounds, rollsBackBy } from "./script.ts";

/** v2 fails whatever it is asked; v1 does not. */
export const errors: Fault = {
  description: "v2 answers 500",
  // The fast path needs 2 errors in each of three 10 s slots: more than the traffic of 5 % and of the 24 h carries.
  expected: {
    "canary-5": rollsBackBy(["serverErrors", "errorRate"], bounds.fiveMinutes),
    "ramp-20": rollsBackBy(["serverErrorsFast", "serverErrors", "errorRate"], bounds.fiveMinutes),
    "ramp-50": rollsBackBy(["serverErrorsFast"], bounds.tenSeconds),
    "full-100": rollsBackBy(["serverErrors", "errorRate"], bounds.fiveMinutes),
  },
  at: ["canary-5", "ramp-20", "ramp-50", "full-100"],
  wrap: () => async () => {
    throw new Error("injected by the rehearsal: v2 fails");
  },
};
