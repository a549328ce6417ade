import { atEveryStage, ends } from "../../faults/script.ts";
import type { Replay } from "../replay.ts";

/** The measure of all others: what is not wrong must pass. */
export const healthy: Replay = {
  description: "nothing",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5", "ramp-20", "ramp-50", "full-100"],
  leaves: () => ({}),
};
