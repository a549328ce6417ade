import { describe, expect, it } from "vitest";
import { plan, stageOf } from "../../flags/plan.ts";
import type { DatabaseFindings } from "../../monitoring/database-checks.ts";
import { judge, overall } from "../../monitoring/judge.ts";
import type { MetricReader } from "../../monitoring/metric-reader.ts";
import type { MetricKey, Version } from "../../monitoring/metrics.ts";
import { quantileOf } from "../../monitoring/statistics/quantile.ts";

type Counters = Partial<Record<MetricKey, number>>;

/** A window in which every minute is like the other: counters per minute and version, latencies for all of it. */
function reader(
  perMinute: Partial<Record<Version, Counters>>,
  latency: Partial<Record<Version, number[]>> = {},
): MetricReader {
  return {
    sum: (key, version, from, to) => {
      const counters = perMinute[version as Version];
      return counters && ((counters[key] ?? 0) * (to - from)) / 60_000;
    },
    worstDrift: () => undefined,
    quantile: (version, share) => quantileOf(latency[version] ?? [], share),
  };
}

const fast = Array.from({ length: 1800 }, (_, i) => 5 + (i % 15));
const healthy = reader({ v1: { requests: 30 }, v2: { requests: 30 } }, { v1: fast, v2: fast });
const clean: DatabaseFindings = {
  ledgerMismatches: { count: 0, examined: 400 },
  orphanedTransactions: { count: 0, examined: 9000 },
  duplicateKeys: { count: 0, examined: 900 },
  signedWithoutEvidence: { count: 0, examined: 5 },
  drift: { count: 0, examined: 400 },
};
const databaseOf = (findings: DatabaseFindings) => ({ findings: async () => findings });
const bakeOf = (stage: string) => ({ from: 0, to: stageOf(stage).bakeMinutes * 60_000 });
const judged = (stage: string, metrics: MetricReader, findings = clean) =>
  judge(stage, {
    metrics,
    database: databaseOf(findings),
    ...bakeOf(stage),
    control: { requests: 1800, timeouts: 0 },
  });

describe("judge", () => {
  it.each(plan.map(({ stage }) => stage))(
    "passes %s when all is well, and names every criterion",
    async (stage) => {
      const { verdict, criteria } = await judged(stage, healthy);
      expect(criteria.filter((each) => each.verdict !== "pass")).toEqual([]);
      expect(criteria.map(({ measure }) => measure)).toEqual(
        stageOf(stage).criteria.map(({ measure }) => measure),
      );
      expect(verdict).toBe("pass");
    },
  );

  it.each(plan.slice(1).map(({ stage }) => stage))("never passes %s without data", async (stage) => {
    const { verdict, criteria } = await judged(stage, reader({}));
    expect(verdict).toBe("inconclusive");
    expect(criteria.filter((each) => each.verdict === "fail")).toEqual([]);
  });

  it.each(plan.slice(1).map(({ stage }) => stage))(
    "never passes %s when the metrics ended after samples enough, or came late, or stopped for 15 minutes",
    async (stage) => {
      const { to } = bakeOf(stage);
      const only = (counted: (time: number) => boolean): MetricReader => ({
        ...healthy,
        sum: (key, version, start, end) =>
          counted(start) ? healthy.sum(key, version, start, end) : undefined,
      });
      const holes: readonly ((time: number) => boolean)[] = [
        (time) => time < to / 4,
        (time) => time >= to / 2,
        (time) => time < 600_000 || time >= 1_500_000,
      ];
      for (const counted of holes) {
        const { verdict, criteria } = await judged(stage, only(counted));
        expect(verdict).not.toBe("pass");
        expect(criteria.map(({ reason }) => reason).join()).toMatch(
          /nothing was counted for \d+ minutes|no data/,
        );
      }
      const tenMinutes = only((time) => time < 600_000 || time >= 1_200_000);
      expect((await judged(stage, tenMinutes)).verdict).toBe("pass");
    },
  );

  it("holds a stage whose traffic proves nothing", async () => {
    const { verdict, criteria } = await judged(
      "canary-5",
      reader({ v2: { requests: 1 } }, { v2: fast.slice(0, 58) }),
    );
    expect(verdict).toBe("inconclusive");
    expect(criteria.filter((each) => each.verdict !== "pass").map(({ measure }) => measure)).toEqual([
      "errorRate",
      "p95",
    ]);
  });

  it.each<[string, Counters]>([
    ["serverErrors", { serverErrors: 1 / 60 }],
    ["errorRate", { timeouts: 1 }],
    ["rlsViolations", { rlsLeak: 1 / 60 }],
    ["rlsViolations", { rlsRefused: 1 / 60 }],
    ["errorsAboveControl", { timeouts: 1 }],
  ])("fails ramp-50 by %s", async (measure, counters) => {
    const metrics = reader(
      { v1: { requests: 30 }, v2: { requests: 30, ...counters } },
      { v1: fast, v2: fast },
    );
    const { verdict, criteria } = await judged("ramp-50", metrics);
    expect(verdict).toBe("fail");
    expect(criteria.find((each) => each.measure === measure)?.verdict).toBe("fail");
  });

  it.each<[string, string, Counters, Counters, string]>([
    [
      "canary-5",
      "v2 is unavailable for one request in ten and v1 for one in a hundred",
      { unavailable: 0.6 },
      { unavailable: 1.1 },
      "fail",
    ],
    [
      "ramp-50",
      "v2 is unavailable for one request in three and v1 for one in thirty",
      { unavailable: 10 },
      { unavailable: 1 },
      "fail",
    ],
    [
      "canary-5",
      "four of v2 in an hour and none of v1: too few for a proof",
      { unavailable: 4 / 60 },
      {},
      "inconclusive",
    ],
    [
      "canary-5",
      "v2 is unavailable for all and v1 for half, as when a tenant's database is down",
      { unavailable: 6 },
      { unavailable: 54 },
      "pass",
    ],
    ["ramp-20", "both are for a third", { unavailable: 2 }, { unavailable: 38 }, "pass"],
    ["ramp-50", "17 of v2's 1,800: as few as may fail", { unavailable: 17 / 60 }, {}, "pass"],
  ])("judges 503 in %s: %s", async (stage, _, v2, v1, verdict) => {
    const requests = stage === "ramp-50" ? { v2: 30, v1: 30 } : { v2: 6, v1: 114 };
    const metrics = reader(
      { v1: { requests: requests.v1, ...v1 }, v2: { requests: requests.v2, ...v2 } },
      { v1: fast, v2: fast },
    );
    const { criteria } = await judged(stage, metrics);
    expect(criteria.find(({ measure }) => measure === "unavailableAboveControl")?.verdict).toBe(verdict);
  });

  it("takes a counter that was never counted for no zero", async () => {
    const uncounted: MetricReader = {
      ...healthy,
      sum: (key, version, from, to) =>
        key === "unavailable" ? undefined : healthy.sum(key, version, from, to),
    };
    const { verdict, criteria } = await judged("canary-5", uncounted);
    expect(verdict).toBe("inconclusive");
    expect(criteria.find(({ verdict }) => verdict !== "pass")).toMatchObject({
      measure: "unavailableAboveControl",
      reason: "no data",
    });
  });

  it("does not blame v2 for what v1 does", async () => {
    const metrics = reader(
      { v1: { requests: 30, serverErrors: 20, rlsLeak: 1 }, v2: { requests: 30 } },
      { v1: fast, v2: fast },
    );
    expect((await judged("ramp-50", metrics)).verdict).toBe("pass");
  });

  const planned = stageOf("full-100").criteria.map(({ measure }) => measure as keyof DatabaseFindings);
  it.each(planned.filter((measure) => measure in clean))(
    "fails full-100 by one break of %s",
    async (measure) => {
      const { verdict, criteria } = await judged("full-100", healthy, {
        ...clean,
        [measure]: { count: 1, examined: 9 },
      });
      expect(verdict).toBe("fail");
      expect(criteria.find((each) => each.measure === measure)).toMatchObject({
        verdict: "fail",
        value: 1,
        samples: 9,
      });
    },
  );

  it("passes nothing before the bake is over, and fails what has failed", async () => {
    const half = { from: 0, to: 1_800_000 };
    const database = databaseOf(clean);
    expect((await judge("canary-5", { metrics: healthy, database, ...half })).verdict).toBe("inconclusive");
    const broken = reader({ v2: { requests: 30, serverErrors: 1 } }, { v2: fast });
    expect((await judge("canary-5", { metrics: broken, database, ...half })).verdict).toBe("fail");
  });

  it("records the control of its window for the stages after", async () => {
    const metrics = reader(
      { v1: { requests: 30, timeouts: 0.1 }, v2: { requests: 30 } },
      { v1: fast, v2: fast },
    );
    expect((await judged("ramp-50", metrics)).control).toEqual({ requests: 1800, timeouts: 6 });
  });

  it("refuses an unknown stage", async () => {
    const inputs = { metrics: healthy, database: databaseOf(clean), from: 0, to: 1 };
    await expect(judge("ramp-7", inputs)).rejects.toThrow(/no stage "ramp-7"/);
  });
});

describe("overall", () => {
  const of = (verdict: "pass" | "fail" | "inconclusive", onFail: "rollback" | "hold" | "observe") => ({
    verdict,
    onFail,
  });
  it.each([
    { criteria: [], verdict: "pass" },
    {
      criteria: [of("pass", "rollback"), of("fail", "rollback"), of("inconclusive", "rollback")],
      verdict: "fail",
    },
    { criteria: [of("pass", "rollback"), of("inconclusive", "rollback")], verdict: "inconclusive" },
    { criteria: [of("fail", "hold")], verdict: "inconclusive" },
    { criteria: [of("fail", "observe"), of("inconclusive", "observe")], verdict: "pass" },
  ])("of $criteria is $verdict", ({ criteria, verdict }) => {
    expect(overall(criteria)).toBe(verdict);
  });
});
