import type { Fault } from "./fault.ts";
import { atEveryStage, bounds, rollsBackBy } from "./script.ts";

/** 8 MB each, in an old space that is as large as the function's memory. */
const ballastNumbers = 1_000_000;

/** The process takes memory until there is none: it dies, and says nothing that we count. */
export const outOfMemory: Fault = {
  description: "v2 takes memory until its process has none left",
  expected: atEveryStage(rollsBackBy(["functionErrors", "gatewayErrors"], bounds.fiveMinutes)),
  at: ["canary-5"],
  losesLines: true,
  wrap: () => async () => {
    const ballast: number[][] = [];
    for (;;) ballast.push(Array.from({ length: ballastNumbers }, (_, index) => index + 0.5));
  },
};
