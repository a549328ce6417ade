import { describe, expect, it } from "vitest";
import type { MetricReader } from "../../../monitoring/metric-reader.ts";
import { recordedTimeline } from "../../../monitoring/report/recorded-timeline.ts";
import { renderReport } from "../../../monitoring/report/report.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { quantileOf } from "../../../monitoring/statistics/quantile.ts";

const start = Date.parse("2026-01-05T08:00:00.000Z");
const minutes = (count: number) => start + count * 60_000;
const at = (count: number) => new Date(minutes(count)).toISOString();

interface Counted {
  readonly time: number;
  readonly version: "v1" | "v2";
  readonly failed: boolean;
}

/** Two requests of each version every ten seconds; v2 ends at minute 31:20, and fails from 30 on. */
const requests: Counted[] = Array.from({ length: 60 * 6 }, (_, slot) => minutes(0) + slot * 10_000).flatMap(
  (time) => [
    ...[0, 1].map(() => ({ time, version: "v1" as const, failed: false })),
    ...(time < minutes(31) + 20_000
      ? [0, 1].map(() => ({ time, version: "v2" as const, failed: time >= minutes(30) }))
      : []),
  ],
);

const metrics: MetricReader = {
  sum(key, version, from, to) {
    const found = requests.filter((one) => one.version === version && one.time >= from && one.time < to);
    if (found.length === 0) return undefined;
    if (key === "requests") return found.length;
    return key === "serverErrors" ? found.filter(({ failed }) => failed).length : 0;
  },
  worstDrift: () => undefined,
  quantile: (version, share, from, to) =>
    quantileOf(
      requests
        .filter((one) => one.version === version && one.time >= from && one.time < to)
        .map(() => (version === "v1" ? 20 : 30)),
      share,
    ),
};

const events: RolloutEvent[] = [
  { kind: "approved", at: at(0), actor: "ines", stage: "canary-5" },
  { kind: "advanced", at: at(0), actor: "ines", to: "canary-5", cohort: ["a"] },
  {
    kind: "rolledBack",
    at: at(31),
    actor: "rollback",
    to: "off",
    cause: "serverErrors",
    alsoFiring: ["errorRate"],
  },
  { kind: "acknowledged", at: at(50), actor: "ines", reason: "a bad index" },
];

const recorded = {
  environment: "staging",
  events,
  metrics,
  alarmTimes: [{ alarm: "serverErrors", from: minutes(30) + 45_000, to: minutes(36) }],
  resolution: 10_000,
  yachts: 20,
  now: minutes(60),
};

describe("the record of a rollout that was no rehearsal", () => {
  const timeline = recordedTimeline(recorded)!;

  it("is nothing before the first move", () => {
    expect(recordedTimeline({ ...recorded, events: events.slice(0, 1) })).toBeUndefined();
  });

  it("has a point a minute, with what the metrics say and the alarms that stood in ALARM", () => {
    expect(timeline.minutes).toHaveLength(60);
    expect(timeline.minutes[0]).toEqual({
      minute: 0,
      percentPlanned: 5,
      percentObserved: 50,
      v1: { requests: 12, errors: 0, slow: 0, p95: 20, p99: 20 },
      v2: { requests: 12, errors: 0, slow: 0, p95: 30, p99: 30 },
      alarms: [],
    });
    expect(timeline.minutes[30]).toMatchObject({ v2: { errors: 12 }, alarms: ["serverErrors"] });
    expect(timeline.minutes[40]).toMatchObject({
      percentPlanned: 0,
      v2: { requests: 0, p95: null },
      alarms: [],
    });
  });

  it("takes the time down from the alarm to v2's last answer, and does not make up when the cause began", () => {
    expect(timeline.rollbacks).toEqual([
      {
        cause: "serverErrors",
        alsoFiring: ["errorRate"],
        toStage: "off",
        at: 30,
        conditionToDown: 35,
      },
    ]);
    expect(renderReport(timeline)).toContain("cause → condition <b>unknown</b>");
  });

  it("says which stage was cut off, and who did what", () => {
    expect(timeline.stages).toEqual([
      { stage: "canary-5", attempt: 1, verdict: "rolledBack", from: 0, to: 31, criteria: [] },
    ]);
    expect(timeline.events.map(({ minute, actor, text }) => [minute, actor, text])).toEqual([
      [0, "ines", "canary-5 approved"],
      [0, "ines", "canary-5: 5 %, 1 yacht on v2"],
      [31, "rollback", "to off, because of serverErrors; also firing: errorRate"],
      [50, "ines", "acknowledged: a bad index"],
    ]);
    expect(timeline.outcome).toEqual({ ok: false, text: "At off, 0 %, after 1 rollback." });
  });

  it("keeps the judge's numbers of the attempt they belong to", () => {
    const criteria = [
      { measure: "p95", limit: 500, samples: 360, verdict: "pass" as const, reason: "30 ms" },
    ];
    const judged: RolloutEvent = {
      ...{ kind: "judged", at: at(20), actor: "judge", stage: "canary-5", verdict: "pass" },
      details: { criteria },
    };
    const again: RolloutEvent = {
      kind: "advanced",
      at: at(52),
      actor: "ines",
      to: "canary-5",
      cohort: ["a"],
    };
    const seen = recordedTimeline({
      ...recorded,
      events: [...events.slice(0, 2), judged, ...events.slice(2), again],
    });
    expect(
      seen?.stages.map(({ attempt, verdict, criteria: kept }) => [attempt, verdict, kept.length]),
    ).toEqual([
      [1, "rolledBack", 1],
      [2, "inconclusive", 0],
    ]);
  });

  it("leaves out of the report what only a rehearsal knows", () => {
    const report = renderReport(timeline);
    for (const text of ["Seed", "Not simulated", "Signed by v2", "Time rehearsed"])
      expect(report).not.toContain(text);
    expect(report).toContain("Part Lens v2, staging: the rollout");
  });
});
