/** What is measured is late, off, or lost. */
import { atEveryStage, bounds, ends, rollsBackBy } from "../../faults/script.ts";
import type { Replay, Replayed } from "../replay.ts";

const lateSeconds = 180;
const skewSeconds = 240;

const fails = ({ version }: Replayed) => (version === "v2" ? { status: 500 } : {});

/** While the lines that name an author are not there, AWS's own count has none: that rolls back as well. */
const anyError = ["gatewayErrors", "serverErrors", "errorRate", "serverErrorsFast"] as const;

export const lateMetrics: Replay = {
  description: "every metric line comes 3 minutes late, and nothing is wrong",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5"],
  leaves: () => ({ lateSeconds }),
};

export const lateErrors: Replay = {
  description: "v2 answers 500, and every metric line comes 3 minutes late",
  expected: atEveryStage(rollsBackBy(anyError, bounds.fiveMinutes + lateSeconds)),
  at: ["canary-5", "ramp-50"],
  leaves: (request) => ({ ...fails(request), lateSeconds }),
};

/** Alarms of 10 s have looked at that time already: the judge counts the whole bake. */
export const lateLeak: Replay = {
  description: "one row of a foreign yacht is withheld, and its metric line comes 3 minutes late",
  expected: atEveryStage(ends("fail", "rlsViolations")),
  at: ["canary-5"],
  leaves: ({ version, index }) =>
    version === "v2" && index === 0 ? { status: 403, counts: { rlsLeak: 1 }, lateSeconds } : { lateSeconds },
};

export const clockBehind: Replay = {
  description: "v2 answers 500, and its lines say a time 4 minutes past",
  expected: atEveryStage(rollsBackBy(anyError, bounds.fiveMinutes)),
  at: ["canary-5"],
  leaves: (request) => ({ ...fails(request), skewSeconds: -skewSeconds }),
};

export const clockAhead: Replay = {
  description: "v2 answers 500, and its lines say a time 4 minutes ahead",
  expected: atEveryStage(rollsBackBy(anyError, bounds.fiveMinutes)),
  at: ["canary-5"],
  leaves: (request) => ({ ...fails(request), skewSeconds }),
};
