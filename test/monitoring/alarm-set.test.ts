import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "../../infra/preview/graph.ts";
import {
  alarmKeys,
  alarms,
  type BurnKey,
  burnKeys,
  burnRates,
  causeKeys,
  rollbackKeys,
} from "../../monitoring/alarms.ts";
import { ofType, plannedEnvironment, the } from "../support/planned-environment.ts";

const metricAlarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const composite = "aws:cloudwatch/compositeAlarm:CompositeAlarm";
const typeOf = (key: string) => (burnKeys.includes(key as BurnKey) ? composite : metricAlarm);
/** The jobs and the fire drill bring their own, which only tell people. */
const isOther = (name: string) => /^job-|^drill$/.test(name);
const ref = (type: string, name: string, property: string) => `\${ref:${type}::${name}::${property}}`;
const topicArn = (name: string) => ref("aws:sns/topic:Topic", name, "arn");

const topicsOf = { rollback: ["rollback", "pin"], alert: ["alerts"], part: [] } as const;

let service: Graph;

beforeAll(async () => {
  const { layers } = await plannedEnvironment("prod");
  service = layers.service.graph;
});

const inputsOf = (graph: Graph, type: string, name: string) => the(graph, type, name).inputs;
const policyOf = (graph: Graph, type: string, name: string) =>
  JSON.parse(String(inputsOf(graph, type, name).policy));

describe("an alarm", () => {
  it("on one metric of v2 carries the table's numbers and goes to the topics of both ways down", () => {
    expect(inputsOf(service, metricAlarm, "rlsLeak")).toEqual({
      name: "part-lens-prod-rlsLeak",
      alarmDescription: alarms.rlsLeak.description,
      namespace: "PartLens/prod",
      metricName: "RlsLeak",
      dimensions: { Version: "v2" },
      statistic: "Sum",
      period: 10,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      treatMissingData: "notBreaching",
      actionsEnabled: true,
      alarmActions: [topicArn("rollback"), topicArn("pin")],
    });
  });

  it("on metric math has the expression as its only returned query, and a query for each source", () => {
    const { metricQueries, ...rest } = inputsOf(service, metricAlarm, "slowShare");
    expect(rest).not.toHaveProperty("metricName");
    const metric = (metricName: string) => ({
      namespace: "PartLens/prod",
      metricName,
      dimensions: { Version: "v2" },
      period: 300,
      stat: "Sum",
    });
    expect(metricQueries).toEqual([
      {
        id: "result",
        expression: "IF(requests >= 20 AND slow >= 5, slow / requests, 0)",
        label: alarms.slowShare.description,
        returnData: true,
      },
      { id: "slow", metric: metric("Slow") },
      { id: "requests", metric: metric("Requests") },
    ]);
  });

  it("on a percentile says what few samples mean, and goes to the alerts topic", () => {
    const inputs = inputsOf(service, metricAlarm, "p95Latency");
    expect(inputs).toMatchObject({
      extendedStatistic: "p95",
      evaluateLowSampleCountPercentiles: "ignore",
      alarmActions: [topicArn("alerts")],
    });
    expect(inputs).not.toHaveProperty("statistic");
  });

  it("on AWS's own metrics watches our function and our HTTP API", () => {
    expect(inputsOf(service, metricAlarm, "functionErrors")).toMatchObject({
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: "part-lens-prod-api" },
    });
    const [, all] = inputsOf(service, metricAlarm, "gatewayErrors").metricQueries as { metric: unknown }[];
    expect(all?.metric).toMatchObject({
      namespace: "AWS/ApiGateway",
      metricName: "5xx",
      dimensions: { ApiId: ref("aws:apigatewayv2/api:Api", "api", "id") },
    });
  });

  it("exists for every row of the table, with that row's limits, missing data and topic", () => {
    const made = ofType(service, metricAlarm)
      .map(({ name }) => name)
      .filter((name) => !isOther(name));
    expect(made.sort()).toEqual([...alarmKeys].sort());
    for (const key of alarmKeys) {
      const rule = alarms[key];
      expect(inputsOf(service, metricAlarm, key)).toMatchObject({
        name: `part-lens-prod-${key}`,
        threshold: rule.threshold,
        comparisonOperator: rule.comparison,
        evaluationPeriods: rule.evaluationPeriods,
        datapointsToAlarm: rule.datapointsToAlarm,
        treatMissingData: rule.treatMissingData,
        actionsEnabled: true,
        alarmActions: topicsOf[rule.effect].map(topicArn),
      });
    }
  });

  it("of a burn rate fires when both of its halves do, exists after them, and goes both ways down", () => {
    for (const key of burnKeys) {
      const { long, short } = burnRates[key];
      const { dependsOn, inputs } = the(service, composite, key);
      expect(inputs).toMatchObject({
        alarmName: `part-lens-prod-${key}`,
        alarmRule: `ALARM("part-lens-prod-${long}") AND ALARM("part-lens-prod-${short}")`,
        actionsEnabled: true,
        alarmActions: ["rollback", "pin"].map(topicArn),
      });
      expect(dependsOn).toEqual(
        expect.arrayContaining([long, short].map((half) => `${metricAlarm}::${half}`)),
      );
    }
    expect(alarms.burnFastLong).toMatchObject({ threshold: 0.0432, period: 3600 });
    expect(alarms.burnFastShort).toMatchObject({ threshold: 0.0432, period: 300 });
    expect(alarms.burnSlowLong).toMatchObject({ threshold: 0.018, period: 21_600 });
    expect(alarms.burnSlowShort).toMatchObject({ threshold: 0.018, period: 1800 });
  });

  it("over all that roll back names each of them, exists after them, and tells people", () => {
    const unhealthy = the(service, composite, "v2-unhealthy");
    expect(unhealthy.inputs).toMatchObject({
      alarmName: "part-lens-prod-v2-unhealthy",
      alarmRule: rollbackKeys.map((key) => `ALARM("part-lens-prod-${key}")`).join(" OR "),
      alarmActions: [topicArn("alerts")],
    });
    expect(unhealthy.dependsOn).toEqual(
      expect.arrayContaining(rollbackKeys.map((key) => `${typeOf(key)}::${key}`)),
    );
  });
});

describe("the topics", () => {
  it.each([
    ["topics", ["rollback", "alerts"]],
    ["pin", ["pin", "pin-alerts"]],
  ] as const)("with the key %s, which CloudWatch may use, are %j, and take only our alarms", (key, names) => {
    const type = "aws:kms/key:Key";
    const { Statement: keyStatements } = policyOf(service, type, key);
    expect(keyStatements[1]).toMatchObject({
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Condition: { StringEquals: { "aws:SourceAccount": "333333333333" } },
    });
    for (const name of names) {
      expect(inputsOf(service, "aws:sns/topic:Topic", name).kmsMasterKeyId).toBe(ref(type, key, "arn"));
      const { Statement: statements } = policyOf(service, "aws:sns/topicPolicy:TopicPolicy", name);
      expect(statements[0]).toMatchObject({
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Condition: {
          ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:333333333333:alarm:part-lens-prod-*" },
        },
      });
    }
  });

  it("of either way down tell engineering, ops and, of what is critical, the escalation contact", () => {
    const subscriptions = ofType(service, "aws:sns/topicSubscription:TopicSubscription");
    const people = subscriptions.filter(({ inputs }) => inputs.protocol === "email");
    const told = people.map(({ inputs: { topic, endpoint, filterPolicy } }) => [
      topic,
      endpoint,
      filterPolicy,
    ]);
    const expected = ["alerts", "pin-alerts"].flatMap((topic) => [
      [topicArn(topic), "engineering@part-lens.example", undefined],
      [topicArn(topic), "ops@part-lens.example", undefined],
      [topicArn(topic), "escalation@part-lens.example", '{"severity":["critical"]}'],
    ]);
    expect(told.sort()).toEqual(expected.sort());
  });
});

describe("the dashboard", () => {
  it("shows every alarm and each metric of v2 beside v1's", () => {
    const { dashboardBody } = inputsOf(service, "aws:cloudwatch/dashboard:Dashboard", "dashboard");
    const { widgets } = JSON.parse(String(dashboardBody));
    expect(widgets[0].properties.alarms).toEqual(causeKeys.map((key) => ref(typeOf(key), key, "arn")));
    const serverErrors = widgets.find((widget: { properties: { title: string } }) =>
      widget.properties.title.startsWith("ServerErrors"),
    );
    expect(serverErrors.properties.metrics).toEqual([
      ["PartLens/prod", "ServerErrors", "Version", "v1"],
      ["PartLens/prod", "ServerErrors", "Version", "v2"],
    ]);
  });
});
