import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarmPrefix, componentType, type Place } from "../infra/naming.ts";
import type { Statement } from "../infra/policy.ts";
import { parameterPath } from "./rollout/projection.ts";

export interface RollbackTriggerArgs {
  /** A topic that alarms which roll back publish to. */
  readonly topicArn: pulumi.Input<string>;
  /** The alias of the function that is a way down. */
  readonly alias: aws.lambda.Alias;
}

/** From an alarm to a way down, the rollback function or the pin: the topic calls it, and nothing else may. */
export class RollbackTrigger extends pulumi.ComponentResource {
  constructor(name: string, args: RollbackTriggerArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("monitoring", "RollbackTrigger"), name, {}, options);
    const permission = new aws.lambda.Permission(
      name,
      {
        statementId: `${name}-topic`,
        action: "lambda:InvokeFunction",
        function: args.alias.functionName,
        qualifier: args.alias.name,
        principal: "sns.amazonaws.com",
        sourceArn: args.topicArn,
      },
      { parent: this },
    );
    const inputs = { topic: args.topicArn, protocol: "lambda", endpoint: args.alias.arn };
    new aws.sns.TopicSubscription(name, inputs, { parent: this, dependsOn: [permission] });
    this.registerOutputs({});
  }
}

/** What the rollback function works on. */
export interface RollbackTarget extends Place {
  /** The kill switch's place in AppConfig, and the version that holds v2 at 0. */
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  readonly trippedVersion: number;
  /** The deployment strategy without a bake. */
  readonly strategyId: string;
  /** The address where v1 must prove that it answers. */
  readonly apiUrl: string;
  /** Where people are told, and the key of that topic. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
}

/** The variables of the rollback function. */
export function rollbackVariables(target: RollbackTarget): Record<string, string> {
  return {
    STACK_ENVIRONMENT: target.environment,
    KILL_SWITCH: `${target.applicationId}/${target.environmentId}/${target.profileId}`,
    TRIPPED_VERSION: `${target.trippedVersion}`,
    DEPLOYMENT_STRATEGY: target.strategyId,
    API_URL: target.apiUrl,
    NOTIFY_TOPIC: target.alertsTopicArn,
    LOCK_PARAMETER: lockParameter(target.environment),
    ALARM_PREFIX: alarmPrefix(target.environment),
  };
}

/** What the rollback function may do: move the kill switch, lock the rollout, tell people. Nothing it could raise. */
export function rollbackStatements(target: RollbackTarget): Statement[] {
  const { accountId, region, applicationId, environmentId, profileId } = target;
  const appConfig = `arn:aws:appconfig:${region}:${accountId}`;
  const application = `${appConfig}:application/${applicationId}`;
  const environment = `${application}/environment/${environmentId}`;
  return [
    {
      Sid: "KillSwitchStart",
      Effect: "Allow",
      Action: "appconfig:StartDeployment",
      Resource: [
        application,
        environment,
        `${application}/configurationprofile/${profileId}`,
        `${appConfig}:deploymentstrategy/${target.strategyId}`,
      ],
    },
    {
      Sid: "KillSwitchStop",
      Effect: "Allow",
      Action: ["appconfig:GetDeployment", "appconfig:ListDeployments", "appconfig:StopDeployment"],
      // A deployment's number is not known before it is made: all of this one environment's.
      Resource: [application, environment, `${environment}/deployment/*`],
    },
    {
      Sid: "RolloutLock",
      Effect: "Allow",
      // It reads the lock first: of two alarms the first stays the cause.
      Action: ["ssm:GetParameter", "ssm:PutParameter"],
      Resource: `arn:aws:ssm:${region}:${accountId}:parameter${lockParameter(target.environment)}`,
    },
    { Sid: "TellPeople", Effect: "Allow", Action: "sns:Publish", Resource: target.alertsTopicArn },
    {
      Sid: "TopicKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: target.topicKeyArn,
    },
  ];
}

function lockParameter(environment: string): string {
  return `${parameterPath(environment)}lock`;
}
