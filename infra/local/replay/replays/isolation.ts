/** Rows of other yachts, and signatures: what rolls back at once, and what only alerts. */
import { atEveryStage, bounds, ends, rollsBackBy } from "../../faults/script.ts";
import { ownMetric } from "../own-metric.ts";
import type { Replay } from "../replay.ts";
import type { ReplayStack } from "../replay-stack.ts";

export const rlsRefused: Replay = {
  description: "the database refuses one request of v2 that had passed the API's own checks",
  // In the 24 h the requests of a minute come in one burst.
  expected: {
    ...atEveryStage(rollsBackBy(["rlsRefused"], bounds.tenSeconds)),
    "full-100": rollsBackBy(["rlsRefused"], bounds.minute),
  },
  at: ["canary-5", "full-100"],
  leaves: ({ version, index }) =>
    version === "v2" && index === 0 ? { status: 403, counts: { rlsRefused: 1 } } : {},
};

export const unsignedExecuted: Replay = {
  description: "v2 executes one adjustment without verified evidence",
  expected: {
    ...atEveryStage(rollsBackBy(["unsignedExecution"], bounds.tenSeconds)),
    "full-100": rollsBackBy(["unsignedExecution"], bounds.minute),
  },
  at: ["canary-5", "full-100"],
  leaves: ({ version, index }) =>
    version === "v2" && index === 0 ? { counts: { unsignedExecutions: 1 } } : {},
};

/** It has no author and does not end when v2 is off: somebody has to repair the data. */
export const dataBroken: Replay = {
  description: "the check of the data finds a mismatch every minute",
  expected: atEveryStage(rollsBackBy(["dataIntegrity"], bounds.minute)),
  at: ["canary-5", "full-100"],
  lasting: true,
  integrityBreaks: 1,
};

export const unsignedAttempts: Replay = {
  description: "v2 is asked again and again for a signed action without a signature",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5"],
  leaves: ({ version, index }) =>
    version === "v2" && index % 20 === 0 ? { status: 400, counts: { unsignedAttempts: 1 } } : {},
};

const flapSeconds = 60;
const flaps = 20;

/** A probe that sees a row every other minute, whatever is served: one rollback, and nothing rises in between. */
export const flapping: Replay = {
  description: `the alarm of leaks goes on and off ${flaps} times`,
  expected: atEveryStage(rollsBackBy(["rlsLeak"], bounds.tenSeconds)),
  at: ["canary-5", "full-100"],
  host: {
    apply(stack) {
      const start = stack.clock.now();
      for (let flap = 0; flap < flaps; flap++)
        stack.clock.at(start + flap * flapSeconds * 1000, () => seen(stack));
    },
    clear: () => {},
  },
};

function seen({ aws, clock }: ReplayStack): void {
  aws.metrics.put({ ...ownMetric("rlsLeak", "v2"), value: 1, timestamp: clock.now() });
}
