import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarmPrefix, componentType } from "../infra/naming.ts";
import {
  type AlarmKey,
  type AlarmRule,
  alarmKeys,
  alarms,
  type BurnKey,
  burnKeys,
  burnRates,
  type CauseKey,
  type MetricSource,
  rollbackKeys,
} from "./alarms.ts";
import { metricNamespace, metrics, versionDimension } from "./metrics.ts";

export interface AlarmSetArgs {
  /** The environment, for the alarms' names and the namespace of our metrics. */
  readonly environment: string;
  /** The API's function, by its name: its own metrics count what no version can be blamed for. */
  readonly functionName: string;
  /** The HTTP API, by its id. */
  readonly apiId: pulumi.Input<string>;
  /** Where an alarm that rolls back goes to: one topic for each way down. */
  readonly rollbackTopicArn: pulumi.Input<string>;
  readonly pinTopicArn: pulumi.Input<string>;
  /** Where an alarm that only tells people goes to. */
  readonly alertsTopicArn: pulumi.Input<string>;
}

/** The alarm that is in ALARM while any alarm that rolls back is; it tells people, once, that v2 is unhealthy. */
export const unhealthyAlarm = "v2-unhealthy";

/** Every alarm of the alarm table, and one over all that roll back. None of them depends on the stage. */
export class AlarmSet extends pulumi.ComponentResource {
  readonly arns: Readonly<Record<AlarmKey | BurnKey, pulumi.Output<string>>>;
  /** Those that stop a deployment of the flag document while it bakes. */
  readonly monitorArns: readonly pulumi.Output<string>[];

  constructor(name: string, args: AlarmSetArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "AlarmSet"), name, {}, options);
    const made = alarmKeys.map((key) => [key, this.#alarm(key, args)] as const);
    const parts = made.map(([, alarm]) => alarm);
    const pairs = burnKeys.map((key) => [key, this.#pair(key, args, parts)] as const);
    this.arns = Object.fromEntries([...made, ...pairs].map(([key, alarm]) => [key, alarm.arn])) as Record<
      CauseKey,
      pulumi.Output<string>
    >;
    this.monitorArns = keysWhere((rule) => rule.monitor === true).map((key) => this.arns[key]);
    new aws.cloudwatch.CompositeAlarm(
      unhealthyAlarm,
      {
        alarmName: `${alarmPrefix(args.environment)}${unhealthyAlarm}`,
        alarmDescription: "Part Lens v2 is unhealthy: at least one of the alarms that roll it back is firing",
        alarmRule: unhealthyRule(args.environment),
        actionsEnabled: true,
        alarmActions: [args.alertsTopicArn],
      },
      { parent: this, dependsOn: [...parts, ...pairs.map(([, alarm]) => alarm)] },
    );
    this.registerOutputs({ arns: this.arns });
  }

  #alarm(key: AlarmKey, args: AlarmSetArgs): aws.cloudwatch.MetricAlarm {
    const rule: AlarmRule = alarms[key];
    const inputs = {
      ...ruleInputs(rule, args),
      name: `${alarmPrefix(args.environment)}${key}`,
      alarmDescription: rule.description,
      actionsEnabled: true,
      alarmActions: actionsOf(rule.effect, args),
    };
    return new aws.cloudwatch.MetricAlarm(key, inputs, { parent: this });
  }

  #pair(
    key: BurnKey,
    args: AlarmSetArgs,
    parts: readonly aws.cloudwatch.MetricAlarm[],
  ): aws.cloudwatch.CompositeAlarm {
    const { description, effect } = burnRates[key];
    const inputs = {
      alarmName: `${alarmPrefix(args.environment)}${key}`,
      alarmDescription: description,
      alarmRule: burnRule(key, args.environment),
      actionsEnabled: true,
      alarmActions: actionsOf(effect, args),
    };
    return new aws.cloudwatch.CompositeAlarm(key, inputs, { parent: this, dependsOn: [...parts] });
  }
}

/** The alarms of the table for which that holds, in table order. */
export function keysWhere(holds: (rule: AlarmRule) => boolean): AlarmKey[] {
  return alarmKeys.filter((key) => holds(alarms[key]));
}

/** ALARM when any alarm that rolls back is. */
export function unhealthyRule(environment: string): string {
  return rollbackKeys.map((key) => inAlarm(key, environment)).join(" OR ");
}

/** ALARM when both of a pair are. */
export function burnRule(key: BurnKey, environment: string): string {
  const { long, short } = burnRates[key];
  return [long, short].map((part) => inAlarm(part, environment)).join(" AND ");
}

function inAlarm(key: CauseKey, environment: string): string {
  return `ALARM("${alarmPrefix(environment)}${key}")`;
}

/** One topic for each way down, the one of alerts, or none. */
function actionsOf(effect: AlarmRule["effect"], args: AlarmSetArgs): pulumi.Input<string>[] {
  if (effect === "part") return [];
  return effect === "rollback" ? [args.rollbackTopicArn, args.pinTopicArn] : [args.alertsTopicArn];
}

/** CloudWatch's inputs of one row of the alarm table: when it fires, on which metric or metric math. */
export function ruleInputs(rule: AlarmRule, args: AlarmSetArgs) {
  return {
    comparisonOperator: rule.comparison,
    threshold: rule.threshold,
    evaluationPeriods: rule.evaluationPeriods,
    datapointsToAlarm: rule.datapointsToAlarm,
    treatMissingData: rule.treatMissingData,
    ...(rule.lowSamples && { evaluateLowSampleCountPercentiles: rule.lowSamples }),
    ...(rule.expression === undefined ? oneMetric(rule, args) : metricMath(rule, rule.expression, args)),
  };
}

function oneMetric(rule: AlarmRule, args: AlarmSetArgs) {
  const [source, ...others] = Object.values(rule.sources);
  if (!source || others.length > 0)
    throw new Error(`"${rule.description}" has several sources and no expression`);
  const { stat, ...metric } = metricOf(source, rule, args);
  return { ...metric, ...(stat.startsWith("p") ? { extendedStatistic: stat } : { statistic: stat }) };
}

function metricMath(rule: AlarmRule, expression: string, args: AlarmSetArgs) {
  const sources = Object.entries(rule.sources).map(([id, source]) => ({
    id,
    metric: metricOf(source, rule, args),
  }));
  return {
    metricQueries: [{ id: "result", expression, label: rule.description, returnData: true }, ...sources],
  };
}

/** A metric of ours by its version, or one of AWS's own by the thing it counts. */
function metricOf(source: MetricSource, rule: AlarmRule, args: AlarmSetArgs) {
  return { ...identityOf(source, args), period: rule.period, stat: source.statistic };
}

interface MetricIdentity {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Record<string, pulumi.Input<string>>;
}

function identityOf(
  source: MetricSource,
  { apiId, environment, functionName }: AlarmSetArgs,
): MetricIdentity {
  if ("lambda" in source) {
    return { namespace: "AWS/Lambda", metricName: source.lambda, dimensions: { FunctionName: functionName } };
  }
  if ("httpApi" in source) {
    return { namespace: "AWS/ApiGateway", metricName: source.httpApi, dimensions: { ApiId: apiId } };
  }
  return {
    namespace: metricNamespace(environment),
    metricName: metrics[source.metric].name,
    dimensions: { [versionDimension]: source.version },
  };
}
