import { randomUUID } from "node:crypto";
import type { Fault } from "./fault.ts";
import { bounds, rollsBackBy } from "./script.ts";

let leaked = false;

/** One row of a foreign yacht comes back from one v2 read, once. A mutation is left alone: its row would stay, unanswered. */
export const rlsLeak: Fault = {
  description: "one v2 answer carries a row of a foreign yacht",
  expected: {
    "canary-5": rollsBackBy(["rlsLeak"], bounds.tenSeconds),
    "ramp-20": rollsBackBy(["rlsLeak"], bounds.tenSeconds),
    "ramp-50": rollsBackBy(["rlsLeak"], bounds.tenSeconds),
    // In the 24 h all requests of a minute come in one burst, and the read that leaks may be in the next.
    "full-100": rollsBackBy(["rlsLeak"], bounds.minute),
  },
  at: ["canary-5", "full-100"],
  wrap: (handler) => {
    leaked = false;
    return async (context, payload) => {
      const result = await handler(context, payload);
      if (leaked || "transaction_id" in result) return result;
      leaked = true;
      return { ...result, row: { yacht_id: randomUUID() } };
    };
  },
};
