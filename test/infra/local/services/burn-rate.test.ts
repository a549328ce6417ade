import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { AlarmService } from "../../../../infra/local/services/alarm-service.ts";
import { MetricStore } from "../../../../infra/local/services/metric-store.ts";
import { burnRule, ruleInputs } from "../../../../monitoring/alarm-set.ts";
import { type AlarmRule, alarms, burnKeys } from "../../../../monitoring/alarms.ts";
import { metricLine, metricNamespace } from "../../../../monitoring/metrics.ts";

const minute = 60_000;
const topics = { rollbackTopicArn: "rollback", pinTopicArn: "pin", alertsTopicArn: "alerts" };
const where = { environment: "local", functionName: "api", apiId: "api", ...topics };
let clock: VirtualClock;
let store: MetricStore;
let service: AlarmService;
let acted: string[];

beforeEach(() => {
  clock = new VirtualClock(0);
  store = new MetricStore();
  acted = [];
  const onAction = (topic: string, message: string) =>
    void acted.push(`${JSON.parse(message).AlarmName} to ${topic}`);
  service = new AlarmService({ clock, metrics: store, region: "eu-west-1", onAction });
  for (const [key, rule] of Object.entries(alarms)) {
    const { effect }: AlarmRule = rule;
    const alarmActions = effect === "rollback" ? ["rollback"] : [];
    service.putMetricAlarm({ ...ruleInputs(rule, where), name: `part-lens-local-${key}`, alarmActions });
  }
  for (const key of burnKeys)
    service.putCompositeAlarm({
      alarmName: `part-lens-local-${key}`,
      alarmRule: burnRule(key, "local"),
      alarmActions: ["rollback"],
    });
});

/** So many minutes of that many requests a minute, every so manieth of which fails. */
async function traffic(minutes: number, perMinute: number, everyFails: number): Promise<void> {
  for (let passed = 0, sent = 0; passed < minutes; passed++) {
    for (let request = 0; request < perMinute; request++) {
      const serverErrors = ++sent % everyFails === 0 ? 1 : 0;
      store.putLine(metricLine(metricNamespace("local"), "v2", { requests: 1, serverErrors }), clock.now());
    }
    store.putLine(metricLine(metricNamespace("local"), "v1", { requests: 1 }), clock.now());
    await clock.advance(minute);
  }
}

const never = Number.POSITIVE_INFINITY;
const state = (key: string) => service.state(`part-lens-local-${key}`);

describe("the burn-rate pairs", () => {
  it("roll back a slow burn of 2.5 % that no alarm of five minutes sees", async () => {
    await traffic(60, 5, never);
    await traffic(6 * 60, 5, 40);
    expect(new Set(acted)).toEqual(new Set(["part-lens-local-burnSlow to rollback"]));
    expect([state("serverErrors"), state("errorRate"), state("burnFast")]).toEqual(["OK", "OK", "OK"]);
  });

  it("roll back a fast burn of 5 % within the hour where five minutes hold too few failures", async () => {
    await traffic(60, 8, never);
    await traffic(60, 8, 20);
    expect(acted).toContain("part-lens-local-burnFast to rollback");
    expect([state("serverErrors"), state("errorRate")]).toEqual(["OK", "OK"]);
  });

  it("are quiet once the failures have ended, although the long half still sees them, and do not fire again", async () => {
    await traffic(60, 5, never);
    await traffic(5 * 60, 5, 40);
    const before = acted.length;
    await traffic(40, 5, never);
    expect([state("burnSlow"), state("burnSlowShort"), state("burnSlowLong")]).toEqual(["OK", "OK", "ALARM"]);
    expect([before > 0, acted.length]).toEqual([true, before]);
  });

  it("leave 1 % alone: it misses production-ready, which is judged, and burns slower than six budgets", async () => {
    await traffic(8 * 60, 5, 100);
    expect(acted).toEqual([]);
  });

  it("say nothing by two failures in a quiet night: the floors", async () => {
    await traffic(30, 1, 15);
    await traffic(6 * 60, 1, never);
    expect(acted).toEqual([]);
  });
});
