import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";

const region = "eu-central-1";
const start = Date.UTC(2026, 0, 1);
const directory = mkdtempSync(join(tmpdir(), "local-aws-"));
let aws: LocalAws;
let clock: VirtualClock;
let settings: object;

beforeEach(async () => {
  clock = new VirtualClock(start);
  aws = new LocalAws({ clock, directory, region, invoke: async () => undefined });
  const endpoint = await aws.start();
  settings = { endpoint, region, credentials: aws.sessions.administrator, maxAttempts: 1 };
  return () => aws.close();
});
afterAll(() => rmSync(directory, { recursive: true }));

const rule = {
  name: "part-lens-local-errors",
  alarmDescription: "Errors",
  namespace: "PartLens/local",
  metricName: "Errors",
  dimensions: { Version: "v2" },
  statistic: "Sum",
  period: 60,
  evaluationPeriods: 1,
  threshold: 1,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
  treatMissingData: "notBreaching",
};

const point = (value: number, at: number) => ({
  namespace: "PartLens/local",
  name: "Errors",
  dimensions: { Version: "v2" },
  value,
  timestamp: at,
});

describe("CloudWatch's client", () => {
  it("sees which alarms fire, since when and why; composites only where it asks for them", async () => {
    aws.alarms.putMetricAlarm(rule);
    aws.alarms.putMetricAlarm({ ...rule, name: "part-lens-local-other", metricName: "Other" });
    aws.alarms.putCompositeAlarm({ alarmName: "part-lens-local-all", alarmRule: `ALARM("${rule.name}")` });
    aws.metrics.put(point(2, start + 1000));
    await clock.advance(180_000);
    const client = new CloudWatchClient(settings);
    const ask = { AlarmNamePrefix: "part-lens-local-", StateValue: "ALARM" as const };
    const { MetricAlarms, CompositeAlarms } = await client.send(new DescribeAlarmsCommand(ask));
    expect(CompositeAlarms).toEqual([]);
    expect(MetricAlarms).toMatchObject([
      { AlarmName: rule.name, AlarmDescription: "Errors", StateValue: "ALARM" },
    ]);
    const since = aws.alarms.history.find(({ to }) => to === "ALARM")?.at;
    expect(MetricAlarms?.[0]?.StateUpdatedTimestamp?.getTime()).toBe(since);
    expect(MetricAlarms?.[0]?.StateReason).toMatch(/^ALARM: datapoints/);
    const both = await client.send(
      new DescribeAlarmsCommand({ ...ask, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    expect(both.CompositeAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["part-lens-local-all"]);
  });

  it("puts an alarm into a state that lasts until the next evaluation, with its actions", async () => {
    const topic = aws.topics.createTopic("rollback");
    aws.topics.subscribe({ topic, protocol: "email", endpoint: "ops@example.com" });
    aws.alarms.putMetricAlarm({ ...rule, alarmActions: [topic] });
    await clock.advance(60_000);
    expect(aws.alarms.state(rule.name)).toBe("OK");
    const client = new CloudWatchClient(settings);
    const set = { AlarmName: rule.name, StateValue: "ALARM" as const, StateReason: "a drill" };
    await client.send(new SetAlarmStateCommand(set));
    expect(aws.alarms.describe(rule.name)).toMatchObject({ state: "ALARM", reason: "a drill" });
    await clock.advance(60_000);
    expect(aws.alarms.state(rule.name)).toBe("OK");
    expect(aws.topics.deliveries.map(({ message }) => JSON.parse(message).NewStateReason)).toEqual([
      "a drill",
    ]);
    const unknown = client.send(new SetAlarmStateCommand({ ...set, AlarmName: "none" }));
    await expect(unknown).rejects.toMatchObject({ name: "ResourceNotFound" });
  });

  it("reads a metric's statistic by period, newest first, and nothing where there is none", async () => {
    aws.metrics.put(point(1, start + 5000));
    aws.metrics.put(point(2, start + 6000));
    aws.metrics.put(point(5, start + 130_000));
    const query = (Id: string, MetricName: string, Stat: string) => ({
      Id,
      MetricStat: {
        Metric: { Namespace: "PartLens/local", MetricName, Dimensions: [{ Name: "Version", Value: "v2" }] },
        Period: 60,
        Stat,
      },
    });
    const { MetricDataResults } = await new CloudWatchClient(settings).send(
      new GetMetricDataCommand({
        MetricDataQueries: [
          query("sum", "Errors", "Sum"),
          query("most", "Errors", "p95"),
          query("none", "None", "Sum"),
        ],
        StartTime: new Date(start),
        EndTime: new Date(start + 180_000),
      }),
    );
    expect(MetricDataResults?.map(({ Id, Timestamps, Values }) => ({ Id, Timestamps, Values }))).toEqual([
      { Id: "sum", Timestamps: [new Date(start + 120_000), new Date(start)], Values: [5, 3] },
      { Id: "most", Timestamps: [new Date(start + 120_000), new Date(start)], Values: [5, 2] },
      { Id: "none", Timestamps: [], Values: [] },
    ]);
  });

  it("is told what is not simulated", async () => {
    const when = { StartTime: new Date(start), EndTime: new Date(start), Period: 60 };
    const asked = new GetMetricStatisticsCommand({ Namespace: "n", MetricName: "m", ...when });
    await expect(new CloudWatchClient(settings).send(asked)).rejects.toThrow(
      "GetMetricStatistics is not simulated",
    );
  });
});

describe("the logs' client", () => {
  const group = "/aws/lambda/part-lens-local-api";
  const lines = [
    '{"Version":"v2","action":"consume_part","status":500,"Requests":1}',
    '{"Version":"v2","action":"view_low_stock","status":200,"Requests":1}',
    '{"Version":"v1","action":"consume_part","status":200,"Requests":1}',
    "Task timed out after 8.00 seconds",
    '{"broken',
  ];
  const ask = async (filterPattern?: string, more: object = {}) => {
    for (const [index, message] of lines.entries())
      aws.logs.put(group, { at: start + index * 1000, message });
    const client = new CloudWatchLogsClient(settings);
    const command = new FilterLogEventsCommand({ logGroupName: group, filterPattern, ...more });
    const { events = [], nextToken } = await client.send(command);
    return { found: events.map(({ message }) => lines.indexOf(message ?? "")), nextToken };
  };

  it.each([
    [undefined, [0, 1, 2, 3, 4]],
    ["{ $.status >= 500 }", [0]],
    ['{ $.Version = "v2" && $.status < 500 }', [1]],
    ['{ $.Version = "v2" && $.action != "view_*" }', [0]],
    ['{ $.missing != "x" }', []],
    ['?"Task timed out" ?broken', [3, 4]],
  ])("finds by the pattern %s", async (pattern, expected) => {
    expect((await ask(pattern)).found).toEqual(expected);
  });

  it("looks between two times and in pages", async () => {
    const window = { startTime: start + 1000, endTime: start + 4000, limit: 2 };
    const first = await ask(undefined, window);
    expect(first.found).toEqual([1, 2]);
    aws.logs.put("other", { at: start, message: "elsewhere" });
    const client = new CloudWatchLogsClient(settings);
    const rest = await client.send(
      new FilterLogEventsCommand({ logGroupName: group, ...window, nextToken: first.nextToken }),
    );
    expect(rest.events?.map(({ message }) => message)).toEqual(["Task timed out after 8.00 seconds"]);
    expect(rest.nextToken).toBeUndefined();
  });

  it("is refused a pattern that is not simulated, and a group that is not there", async () => {
    await expect(ask("{ $.a = 1 || $.b = 2 }")).rejects.toThrow("is not simulated");
    const none = new FilterLogEventsCommand({ logGroupName: "none" });
    await expect(new CloudWatchLogsClient(settings).send(none)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
