import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarmPrefix, componentType } from "../../infra/naming.ts";
import { metricNamespace } from "../metrics.ts";
import { drillKey } from "./drill-key.ts";

export interface DrillAlarmArgs {
  /** The environment, for its name. */
  readonly environment: string;
  /** The topics of both ways down. */
  readonly topicArns: readonly pulumi.Input<string>[];
}

/**
 * An alarm over a metric that nobody emits: it fires only when a fire drill sets its state, goes the way of every
 * other one, and both ways down know that it moves nothing. It is made after them: a function that does not know it
 * yet would take it for one that rolls back.
 */
export class DrillAlarm extends pulumi.ComponentResource {
  constructor(name: string, args: DrillAlarmArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("incident", "DrillAlarm"), name, {}, options);
    const { environment, topicArns } = args;
    const inputs = {
      name: `${alarmPrefix(environment)}${drillKey}`,
      alarmDescription: "A fire drill of the way to the contacts; it moves nothing",
      namespace: metricNamespace(environment),
      metricName: "Drills",
      statistic: "Sum",
      period: 60,
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
      actionsEnabled: true,
      alarmActions: [...topicArns],
    };
    new aws.cloudwatch.MetricAlarm(name, inputs, { parent: this });
    this.registerOutputs({});
  }
}
