import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type JobName, type JobRule, jobSchedule, rateExpression } from "../../monitoring/job-schedule.ts";
import { scheduledTime } from "../../monitoring/scheduled-run.ts";
import type { Bundle } from "../api/bundle.ts";
import { type Placement, ServiceFunction } from "../api/service-function.ts";
import { componentType, physicalName } from "../naming.ts";
import { policyDocument, type Statement, serviceTrust, sortedJson } from "../policy.ts";
import { findingsAlarm, silenceAlarm } from "./job-alarms.ts";

export interface JobArgs {
  /** The environment, for physical names. */
  readonly environment: string;
  readonly job: JobName;
  /** The code. */
  readonly bundle: Bundle;
  /** The variables the code reads. */
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
  /** What it may do besides writing its own log. */
  readonly statements: pulumi.Input<readonly Statement[]>;
  /** Where in the network it runs; left out: outside. */
  readonly placement?: Placement;
  /** Where people are told. */
  readonly alertsTopicArn: pulumi.Input<string>;
  /** Days its log is kept. */
  readonly logDays: number;
  /** It runs only when these are done. */
  readonly after: readonly pulumi.Resource[];
}

/** One job: its function with a role of its own, the schedule that calls it, and who hears when it is silent. */
export class Job extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  readonly functionName: pulumi.Output<string>;

  constructor(name: string, args: JobArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("jobs", "Job"), name, {}, options);
    const rule: JobRule = jobSchedule[args.job];
    const code = new ServiceFunction(name, functionArgs(args, rule), { parent: this });
    const delivery = { functionName: code.functionName, qualifier: code.alias.name, ...retries(rule) };
    new aws.lambda.FunctionEventInvokeConfig(name, delivery, { parent: this });
    this.#schedule(name, args, rule, code.alias.arn);
    for (const [alarm, inputs] of Object.entries(alarmsOf(args, rule, code.functionName)))
      new aws.cloudwatch.MetricAlarm(`${name}-${alarm}`, inputs, { parent: this });
    this.roleArn = code.roleArn;
    this.functionName = code.functionName;
    this.registerOutputs({ functionName: this.functionName });
  }

  #schedule(name: string, args: JobArgs, rule: JobRule, aliasArn: pulumi.Output<string>): void {
    const role = new aws.iam.Role(
      `${name}-schedule`,
      {
        name: physicalName("role", args.environment, name, "schedule"),
        description: `Part Lens, the schedule of ${name}`,
        assumeRolePolicy: serviceTrust("scheduler.amazonaws.com"),
      },
      { parent: this },
    );
    const policy = aliasArn.apply((arn) =>
      policyDocument([{ Sid: "Run", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: arn }]),
    );
    const allowed = { name: `${name}-schedule`, role: role.name, policy };
    const permission = new aws.iam.RolePolicy(`${name}-schedule`, allowed, { parent: this });
    const inputs = {
      name: physicalName("function", args.environment, name),
      description: `Part Lens: ${rule.description}`,
      scheduleExpression: rateExpression(rule.everyMinutes),
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: aliasArn,
        roleArn: role.arn,
        input: sortedJson({ ...rule.input, at: scheduledTime }),
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: eventSeconds(rule) },
      },
    };
    new aws.scheduler.Schedule(name, inputs, { parent: this, dependsOn: [permission, ...args.after] });
  }
}

function functionArgs(args: JobArgs, rule: JobRule) {
  const { environment, bundle, variables, statements, logDays, placement, after, job } = args;
  return {
    environment,
    bundle,
    handler: `index.${rule.handler ?? job}`,
    variables,
    statements,
    logDays,
    timeoutSeconds: rule.timeoutSeconds,
    // One run at a time: a second one would do the same, and take the connections of requests.
    concurrency: 1,
    ...(placement && { placement }),
    after,
  };
}

/** A run that comes too late would meet the next one. Seconds. */
function eventSeconds({ everyMinutes }: JobRule): number {
  return Math.min(Math.max(60, everyMinutes * 30), 3600);
}

/** What runs every few minutes is not tried again: the next run is the retry. */
function retries(rule: JobRule) {
  return {
    maximumRetryAttempts: rule.everyMinutes <= 5 ? 0 : 2,
    maximumEventAgeInSeconds: eventSeconds(rule),
  };
}

function alarmsOf(args: JobArgs, rule: JobRule, functionName: pulumi.Output<string>) {
  const { alertsTopicArn, environment, job } = args;
  const told = { actionsEnabled: true, alarmActions: [alertsTopicArn] };
  const findings = findingsAlarm(environment, job);
  return {
    silence: { ...silenceAlarm(environment, job, functionName), ...told },
    ...(rule.finds && findings ? { findings: { ...findings, ...told } } : {}),
  };
}
