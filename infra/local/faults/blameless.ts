/** What must not roll v2 back. */
import { atEveryStage, type Fault } from "./fault.ts";

/** v1 fails whatever it is asked; v2 does not, and is not to blame. */
export const v1Errors: Fault = {
  description: "v1 answers 500",
  expected: atEveryStage(),
  expectNone: "pass",
  version: "v1",
  wrap: () => async () => {
    throw new Error("injected by the rehearsal: v1 fails");
  },
};

/** Nothing is known of v2 any more: that is no failure, and no proof either. */
export const noMetrics: Fault = {
  description: "the metric lines of the API are lost",
  expected: atEveryStage(),
  expectNone: "inconclusive",
  host: {
    apply: ({ aws }) => aws.metrics.loseLines(true),
    clear: ({ aws }) => aws.metrics.loseLines(false),
  },
};
