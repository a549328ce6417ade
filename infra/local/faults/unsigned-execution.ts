import type { Fault } from "./fault.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** v2 takes v1's way into the database for an adjustment: the evidence is dropped, the stock is set all the same. */
export const unsignedExecution: Fault = {
  description: "v2 executes adjustments without their evidence",
  expected: atEveryStage(rollsBackBy(["unsignedExecution"], bounds.minute)),
  at: ["canary-5"],
  signs: true,
  wrap: (handler) => (context, payload) =>
    "new_quantity" in payload ? context.call("v1_adjust", payload) : handler(context, payload),
};
