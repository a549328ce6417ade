import { randomUUID } from "node:crypto";
import { atEveryStage, type Fault } from "./fault.ts";

let leaked = false;

/** One row of a foreign yacht comes back from one v2 read, once. A mutation is left alone: its row would stay, unanswered. */
export const rlsLeak: Fault = {
  description: "one v2 answer carries a row of a foreign yacht",
  expected: atEveryStage("rlsLeak"),
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
