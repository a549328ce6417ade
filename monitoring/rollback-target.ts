import { physicalName } from "../infra/naming.ts";
import type { Statement } from "../infra/policy.ts";
import {
  type CollectionTarget,
  collectionStatements,
  collectionVariables,
} from "./incident/collection-target.ts";
import type { Contacts } from "./notifications.ts";
import { parameterPath } from "./rollout/projection.ts";

/** What the rollback function works on. */
export interface RollbackTarget extends CollectionTarget {
  /** The version of the kill switch that holds v2 at 0. */
  readonly trippedVersion: number;
  /** The deployment strategy without a bake. */
  readonly strategyId: string;
  /** Where people are told, the key of that topic, and who hears what. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
  readonly contacts: Contacts;
  /** Where incidents are kept. */
  readonly evidenceBucket: string;
  /** How many tenants v1 must read to prove that it answers. */
  readonly tenants: number;
}

/** The variables of the rollback function. */
export function rollbackVariables(target: RollbackTarget): Record<string, string> {
  return {
    ...collectionVariables(target),
    TRIPPED_VERSION: `${target.trippedVersion}`,
    DEPLOYMENT_STRATEGY: target.strategyId,
    NOTIFY_TOPIC: target.alertsTopicArn,
    LOCK_PARAMETER: lockParameter(target.environment),
    EVIDENCE_BUCKET: target.evidenceBucket,
    CONTACTS: JSON.stringify(target.contacts),
    TENANTS: `${target.tenants}`,
  };
}

/** What the rollback function may do: move the kill switch, lock the rollout, tell people, collect. Nothing it could raise. */
export function rollbackStatements(target: RollbackTarget): Statement[] {
  const own = physicalName("function", target.environment, "rollback");
  return [...downStatements(target), ...collectionStatements(target, [own])];
}

function downStatements(target: RollbackTarget): Statement[] {
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
