/** 503: a dependency is down. Counted apart; v2 is to blame only where v1 has it not. Source: domain.md, "The rollout". */
import { atEveryStage, bounds, ends, rollsBackBy } from "../../faults/script.ts";
import type { Replay } from "../replay.ts";

const unavailable = { status: 503 } as const;

export const dependencyOfBoth: Replay = {
  description: "a dependency of both versions is down for one request in three",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5", "ramp-50"],
  leaves: ({ chance }) => (chance() < 1 / 3 ? unavailable : {}),
};

export const dependencyOfV2: Replay = {
  description: "a dependency of v2 alone is down",
  expected: {
    ...atEveryStage(rollsBackBy(["unavailableAboveControl"], bounds.fiveMinutes)),
    // Nobody is left on v1 to hold it against: people are told, and decide.
    "full-100": ends("pass"),
  },
  at: ["canary-5", "ramp-50"],
  leaves: ({ version }) => (version === "v2" ? unavailable : {}),
};

/** Long enough for v1's few to keep the alarm silent, before v2 begins. */
const slightlySeconds = 300;

/** The alarm leaves v2 alone as soon as v1 has five of them in 5 minutes: the judge counts how many times as many v2 has. */
export const dependencyAboveControl: Replay = {
  description: "a dependency is down for one request in 25 of v1, and for two in five of v2",
  expected: {
    ...atEveryStage(ends("fail", "unavailableAboveControl")),
    "full-100": ends("pass"),
  },
  at: ["canary-5", "ramp-50"],
  leaves: ({ version, index, second }) =>
    (version === "v1" ? index % 25 === 0 : second >= slightlySeconds && index % 5 < 2) ? unavailable : {},
};

/** Half of the fleet, whatever version serves it. */
export const tenantDown: Replay = {
  description: "the database of one tenant is down",
  expected: atEveryStage(ends("pass")),
  at: ["canary-5", "ramp-50"],
  leaves: ({ yacht }) => (yacht % 2 === 0 ? unavailable : {}),
};
