/** What must not roll v2 back. */
import type { Fault } from "./fault.ts";
import { atEveryStage, ends } from "./script.ts";

/** v1 fails whatever it is asked; v2 does not, and is not to blame. */
export const v1Errors: Fault = {
  description: "v1 answers 500",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5"],
  version: "v1",
  wrap: () => async () => {
    throw new Error("injected by the rehearsal: v1 fails");
  },
};

/** Nothing is known of v2 any more: that is no failure, and no proof either. */
export const noMetrics: Fault = {
  description: "the metric lines of the API are lost",
  expected: atEveryStage(ends("inconclusive")),
  at: ["canary-5"],
  host: {
    apply: ({ aws }) => aws.metrics.loseLines(true),
    clear: ({ aws }) => aws.metrics.loseLines(false),
  },
};
