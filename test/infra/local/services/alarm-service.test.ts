import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { AlarmDefinitionError } from "../../../../infra/local/services/alarm-definition.ts";
import { AlarmService, UnknownAlarmError } from "../../../../infra/local/services/alarm-service.ts";
import { MetricStore } from "../../../../infra/local/services/metric-store.ts";

// A full hour, so that minutes and 10 s slots are easy to read.
const start = Date.UTC(2026, 0, 1);
const seconds = (count: number) => start + count * 1000;

const metric = { namespace: "Test", name: "Errors", dimensions: { Version: "v2" } };
const fast = {
  name: "fast",
  namespace: "Test",
  metricName: "Errors",
  dimensions: { Version: "v2" },
  statistic: "Sum",
  period: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  threshold: 2,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "notBreaching",
  alarmActions: ["arn:topic"],
  okActions: ["arn:all-clear"],
};
const slow = {
  ...fast,
  name: "slow",
  period: 300,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  threshold: 5,
  comparisonOperator: "GreaterThanThreshold",
};

function stage() {
  const clock = new VirtualClock(start);
  const metrics = new MetricStore();
  const actions: { arn: string; state: string; at: number }[] = [];
  const onAction = (arn: string, message: string) => {
    actions.push({ arn, state: JSON.parse(message).NewStateValue, at: (clock.now() - start) / 1000 });
  };
  const alarms = new AlarmService({ clock, metrics, region: "eu-central-1", onAction });
  /** `count` errors at that second; zero is a datapoint too. */
  const errors = (second: number, count: number) =>
    metrics.put({ ...metric, value: count, timestamp: seconds(second) });
  const history = () => alarms.history.map(({ name, to, at }) => `${name} ${to} ${(at - start) / 1000}`);
  return { clock, metrics, alarms, actions, errors, history };
}

describe("evaluation on the clock", () => {
  it("starts in INSUFFICIENT_DATA and leaves it at the first evaluation of its kind", async () => {
    const { clock, alarms, history } = stage();
    alarms.putMetricAlarm(fast);
    alarms.putMetricAlarm(slow);
    expect(alarms.state("fast")).toBe("INSUFFICIENT_DATA");
    await clock.advanceTo(seconds(120));
    expect(history()).toEqual(["fast OK 10", "slow OK 60"]);
  });

  it("turns a 10 s alarm three slots and the ingestion delay after the first breach", async () => {
    const { clock, alarms, errors, history } = stage();
    alarms.putMetricAlarm(fast);
    for (let slot = 0; slot < 30; slot++) errors(slot * 10 + 1, slot >= 12 ? 2 : 0);
    await clock.advanceTo(seconds(300));
    // The slots 120, 130 and 140 breach; the last ends at 150 and is seen at 160.
    expect(history()).toEqual(["fast OK 10", "fast ALARM 160"]);
  });

  it("slides a 5 minute window by the minute and sees the last full minute", async () => {
    const { clock, alarms, errors, history } = stage();
    alarms.putMetricAlarm(slow);
    for (let minute = 0; minute < 20; minute++) errors(minute * 60, minute === 7 ? 6 : 0);
    await clock.advanceTo(seconds(20 * 60));
    // Minute 7 ends at 480; at 480 the last full minute already ingested ends at 420, so 540 sees it first and
    // 480 + 300 is the last window end that holds it.
    expect(history()).toEqual(["slow OK 60", "slow ALARM 540", "slow OK 840"]);
  });

  it("keeps looking at the last real point for two more periods once a metric stops", async () => {
    const { clock, alarms, errors, history } = stage();
    alarms.putMetricAlarm({ ...fast, evaluationPeriods: 1, datapointsToAlarm: 1 });
    errors(5, 2);
    await clock.advanceTo(seconds(120));
    expect(history()).toEqual(["fast OK 10", "fast ALARM 20", "fast OK 50"]);
  });

  it("goes to ALARM on silence where missing data breaches", async () => {
    const { clock, alarms, errors, history } = stage();
    const liveness = { comparisonOperator: "LessThanThreshold", threshold: 1, treatMissingData: "breaching" };
    alarms.putMetricAlarm({ ...slow, ...liveness, evaluationPeriods: 3, datapointsToAlarm: 3 });
    for (let minute = -15; minute < 5; minute++) errors(minute * 60, 3);
    await clock.advanceTo(seconds(3600));
    // Any real point in the evaluation range of five periods still counts: the last one, of 240, leaves it at 1860.
    expect(history()).toEqual(["slow OK 60", "slow ALARM 1860"]);
  });

  it("leaves a percentile over too few samples as it is, and judges it once there are enough", async () => {
    const { clock, alarms, errors, history } = stage();
    const { statistic: _, ...p95 } = { ...slow, extendedStatistic: "p95", threshold: 500 };
    alarms.putMetricAlarm({ ...p95, evaluateLowSampleCountPercentiles: "ignore" });
    for (let sample = 0; sample < 199; sample++) errors(1, 900);
    await clock.advanceTo(seconds(240));
    expect(history()).toEqual(["slow OK 60"]);
    errors(2, 900);
    await clock.advanceTo(seconds(300));
    expect(history()).toEqual(["slow OK 60", "slow ALARM 300"]);
  });

  it("evaluates metric math over several metrics", async () => {
    const { clock, alarms, metrics, errors, history } = stage();
    const { namespace: _n, metricName: _m, dimensions, statistic: _s, period: _p, ...rest } = slow;
    const query = (id: string, metricName: string) => ({
      id,
      metric: { namespace: "Test", metricName, dimensions, period: 300, stat: "Sum" },
    });
    const expression = "IF(requests >= 20 AND errors >= 5, errors / requests, 0)";
    const metricQueries = [
      { id: "share", expression, returnData: true },
      query("errors", "Errors"),
      query("requests", "Requests"),
    ];
    alarms.putMetricAlarm({ ...rest, threshold: 0.05, metricQueries });
    errors(60, 5);
    metrics.put({ ...metric, name: "Requests", value: 99, timestamp: seconds(60) });
    await clock.advanceTo(seconds(240));
    metrics.put({ ...metric, name: "Requests", value: 2, timestamp: seconds(200) });
    await clock.advanceTo(seconds(300));
    expect(history()).toEqual(["slow OK 60", "slow ALARM 180", "slow OK 300"]);
  });
});

describe("actions", () => {
  it("run on transitions only, after AWS's delay, and each state has its own", async () => {
    const { clock, alarms, errors, actions } = stage();
    alarms.putMetricAlarm(fast);
    for (let slot = 0; slot < 20; slot++) errors(slot * 10, slot < 10 ? 2 : 0);
    await clock.advanceTo(seconds(200));
    expect(actions).toEqual([
      { arn: "arn:all-clear", state: "OK", at: 15 },
      { arn: "arn:topic", state: "ALARM", at: 45 },
      { arn: "arn:all-clear", state: "OK", at: 125 },
    ]);
  });

  it("do not run when they are disabled, though the state changes", async () => {
    const { clock, alarms, errors, actions } = stage();
    alarms.putMetricAlarm({ ...fast, actionsEnabled: false });
    for (let slot = 0; slot < 10; slot++) errors(slot * 10, 2);
    await clock.advanceTo(seconds(100));
    expect(alarms.firing()).toEqual(["fast"]);
    expect(actions).toEqual([]);
  });
});

describe("composite alarms", () => {
  it("follow their children, composites of composites too, in the same evaluation", async () => {
    const { clock, alarms, errors, history } = stage();
    alarms.putMetricAlarm(fast);
    alarms.putCompositeAlarm({ alarmName: "any", alarmRule: 'ALARM("fast") OR FALSE' });
    alarms.putCompositeAlarm({ alarmName: "calm", alarmRule: 'NOT ALARM("any")' });
    for (let slot = 0; slot < 30; slot++) errors(slot * 10, slot >= 12 ? 2 : 0);
    await clock.advanceTo(seconds(170));
    expect(history().slice(-3)).toEqual(["fast ALARM 160", "any ALARM 160", "calm OK 160"]);
  });

  it("are refused when a child does not exist", () => {
    const { alarms } = stage();
    const orphan = { alarmName: "any", alarmRule: 'ALARM("nobody")' };
    expect(() => alarms.putCompositeAlarm(orphan)).toThrow(UnknownAlarmError);
  });
});

describe("definitions", () => {
  it("keep the state of an alarm that is put again, and forget a deleted one", async () => {
    const { clock, alarms } = stage();
    alarms.putMetricAlarm(fast);
    await clock.advanceTo(seconds(10));
    const arn = alarms.putMetricAlarm({ ...fast, threshold: 9 });
    expect(alarms.describe(arn)).toMatchObject({ name: "fast", state: "OK", actionsEnabled: true });
    alarms.delete("fast");
    expect(alarms.describe(arn)).toBeUndefined();
  });

  it.each([
    ["a period of 15 s", { period: 15 }],
    ["a look back of over one day in short periods", { period: 1800, evaluationPeriods: 49 }],
    ["a look back of over seven days", { period: 3600, evaluationPeriods: 169 }],
    ["an unknown comparison", { comparisonOperator: "Above" }],
    ["no metric", { metricName: undefined }],
    [
      "an unknown metric in the math",
      { metricQueries: [{ id: "e", expression: "a + 1", returnData: true }] },
    ],
  ])("with %s are refused", (_, change) => {
    const { alarms } = stage();
    expect(() => alarms.putMetricAlarm({ ...fast, ...change })).toThrow(AlarmDefinitionError);
  });
});
