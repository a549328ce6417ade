import type { Fault } from "./fault.ts";

/** v2 fails whatever it is asked; v1 does not. */
export const errors: Fault = {
  description: "v2 answers 500",
  // The fast path needs 2 errors in each of three 10 s slots: more than the traffic of 5 % and of the 24 h carries.
  expected: {
    "canary-5": ["serverErrors", "errorRate"],
    "ramp-20": ["serverErrorsFast", "serverErrors", "errorRate"],
    "ramp-50": ["serverErrorsFast"],
    "full-100": ["serverErrors", "errorRate"],
  },
  wrap: () => async () => {
    throw new Error("injected by the rehearsal: v2 fails");
  },
};
