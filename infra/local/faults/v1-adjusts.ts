import type { Fault } from "./fault.ts";
import { atEveryStage, ends } from "./script.ts";

/** v1 has no signatures: its adjusts are legitimate, and never counted. Source: domain.md, "The rollout". */
export const v1Adjusts: Fault = {
  description: "heads of department adjust stock in v1 without a signature, as v1 lets them",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5"],
  asks: "unsignedAdjustsOfV1",
};
