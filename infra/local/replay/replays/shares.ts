/** A share of v2's requests goes wrong: evenly, so that a small sample has its part. */
import { atEveryStage, bounds, ends, rollsBackBy } from "../../faults/script.ts";
import type { Left, Replay, Replayed } from "../replay.ts";

/** Of every thousand requests of v2 so many, spread evenly. */
function ofThousand(count: number, spoilt: Left) {
  return ({ version, index }: Replayed): Left =>
    version === "v2" && (index * count) % 1000 < count ? spoilt : {};
}

/** The handler's deadline, as the user waits for it. */
const timeout: Left = { status: 504, milliseconds: 10_000 };

/** Under the floor of 5 in 5 minutes where few yachts are on v2: there the judge's P95 has to find it. */
export const slowTail: Replay = {
  description: "8 % of v2's requests take 700 ms",
  expected: {
    "canary-5": ends("fail", "p95"),
    "ramp-20": rollsBackBy(["slowShare"], 2 * bounds.fiveMinutes),
    "ramp-50": rollsBackBy(["slowShare"], bounds.fiveMinutes),
    "full-100": ends("fail", "p95"),
  },
  at: ["canary-5", "ramp-50", "full-100"],
  fromStart: true,
  leaves: ofThousand(80, { milliseconds: 700 }),
};

/** No limit is touched. Only ramp-50 holds v2 against v1: "stable latency" there is a ratio, not a limit. */
export const slowGrowth: Replay = {
  description: "v2's latency grows to 490 ms within an hour, and stays there",
  expected: {
    "canary-5": ends("pass"),
    "ramp-20": ends("pass"),
    "ramp-50": ends("fail", "p95Ratio"),
    "full-100": ends("pass"),
  },
  at: ["canary-5", "ramp-50", "full-100"],
  fromStart: true,
  leaves: ({ version, second }) =>
    version === "v2" ? { milliseconds: 10 + 480 * Math.min(1, second / 3600) } : {},
};

/** Below the 2 % that roll back at once. A stage allows no 5xx at all. */
export const errorRateBelowTrigger: Replay = {
  description: "1.5 % of v2's requests answer 500",
  expected: atEveryStage(ends("fail", "serverErrors")),
  at: ["canary-5", "ramp-50", "full-100"],
  fromStart: true,
  leaves: ofThousand(15, { status: 500 }),
};

/** A timeout is an error and no 5xx: the rate has to be proven, and the samples of an hour at 5 % and 20 % prove neither. */
export const timeoutsBelowTrigger: Replay = {
  description: "1.5 % of v2's requests time out",
  expected: {
    "canary-5": ends("inconclusive", "errorRate"),
    "ramp-20": ends("inconclusive", "errorRate"),
    "ramp-50": ends("fail", "errorRate"),
    "full-100": ends("fail", "timeoutRate"),
  },
  at: ["canary-5", "ramp-50", "full-100"],
  fromStart: true,
  leaves: ofThousand(15, timeout),
};

/** Half of what a stage allows, and v1 has none: too few in an hour of twenty yachts to prove it, enough to hold. */
export const timeoutsAboveControl: Replay = {
  description: "0.5 % of v2's requests time out, and none of v1's",
  expected: {
    "canary-5": ends("inconclusive", "errorRate"),
    "ramp-20": ends("inconclusive", "errorRate"),
    "ramp-50": ends("inconclusive", "errorsAboveControl"),
    "full-100": ends("fail", "timeoutRate"),
  },
  at: ["ramp-50"],
  fromStart: true,
  leaves: ofThousand(5, timeout),
};

/** No limit is touched and no alarm fires: only ramp-50 holds v2 against v1. */
export const timeoutsProvenAboveControl: Replay = {
  ...timeoutsAboveControl,
  description: `${timeoutsAboveControl.description}, in a fleet that asks ten times as much`,
  expected: {
    "canary-5": ends("pass"),
    "ramp-20": ends("pass"),
    "ramp-50": ends("fail", "errorsAboveControl"),
    "full-100": ends("fail", "timeoutRate"),
  },
  at: ["canary-5", "ramp-50"],
  traffic: 10,
};

/** Two in five minutes of a quiet fleet are below every floor but that of an hour. */
export const burning: Replay = {
  description: "8 % of v2's requests time out, in sparse traffic",
  expected: atEveryStage(rollsBackBy(["burnFast"], 1_800)),
  at: ["canary-5", "full-100"],
  leaves: ofThousand(80, timeout),
};

/** Five minutes of ten times the traffic do not prove more than 2 %: what the budget allows is spent six times too fast. */
export const errorRateAboveTrigger: Replay = {
  description: "2.5 % of v2's requests time out, in a fleet that asks ten times as much",
  expected: atEveryStage(rollsBackBy(["burnSlow"], bounds.fiveMinutes + 60)),
  at: ["canary-5", "ramp-50"],
  fromStart: true,
  traffic: 10,
  leaves: ofThousand(25, timeout),
};

/** Enough to be proven above 2 % within the five minutes. */
export const errorRateProven: Replay = {
  ...errorRateAboveTrigger,
  description: "4 % of v2's requests time out, in a fleet that asks ten times as much",
  expected: atEveryStage(rollsBackBy(["errorRate"], bounds.fiveMinutes)),
  leaves: ofThousand(40, timeout),
};

/** Too few for the rate, too slow for the 10 s path: only the count finds them. */
export const errorSpike: Replay = {
  description: "v2 answers 500 once in 30 s, in a fleet that asks ten times as much",
  expected: {
    ...atEveryStage(rollsBackBy(["serverErrors"], bounds.fiveMinutes)),
    // There the requests of a minute come in one burst: one of them in each is not more than 5 in 5 minutes, and 2 %.
    "full-100": rollsBackBy(["burnSlow"], 2_100),
  },
  at: ["ramp-50", "full-100"],
  traffic: 10,
  leaves: everyHalfMinute(),
};

function everyHalfMinute(): NonNullable<Replay["leaves"]> {
  let next = 0;
  return ({ version, index, second }) => {
    if (index === 0) next = 0;
    if (version !== "v2" || second < next) return {};
    next = second + 30;
    return { status: 500 };
  };
}

/** A proof needs samples, and time alone is none. */
export const tooLittleTraffic: Replay = {
  description: "one request in twenty is left",
  expected: atEveryStage(ends("inconclusive", "errorRate")),
  at: ["canary-5", "ramp-50"],
  fromStart: true,
  traffic: 0.05,
  hidesExposure: true,
};
