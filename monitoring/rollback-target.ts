import { alarmPrefix, type Place, physicalName } from "../infra/naming.ts";
import type { Statement } from "../infra/policy.ts";
import type { Contacts } from "./notifications.ts";
import { parameterPath } from "./rollout/projection.ts";

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
  /** Where people are told, the key of that topic, and who hears what. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
  readonly contacts: Contacts;
  /** The flag document's place, which is only read. */
  readonly flagEnvironmentId: string;
  readonly flagProfileId: string;
  /** Where incidents are kept. */
  readonly evidenceBucket: string;
  /** The name of the API's function: its log is read. */
  readonly apiFunction: string;
  readonly migrationHash: string;
  /** How many tenants v1 must read to prove that it answers. */
  readonly tenants: number;
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
    PARAMETER_PATH: parameterPath(target.environment),
    ALARM_PREFIX: alarmPrefix(target.environment),
    FLAG_DOCUMENT: `${target.applicationId}/${target.flagEnvironmentId}/${target.flagProfileId}`,
    EVIDENCE_BUCKET: target.evidenceBucket,
    API_FUNCTION: target.apiFunction,
    MIGRATION_HASH: target.migrationHash,
    CONTACTS: JSON.stringify(target.contacts),
    TENANTS: `${target.tenants}`,
  };
}

/** What the rollback function may do: move the kill switch, lock the rollout, tell people, collect. Nothing it could raise. */
export function rollbackStatements(target: RollbackTarget): Statement[] {
  return [...downStatements(target), ...collectionStatements(target)];
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

/** What it may look at for the record of an incident; where that is kept is granted beside this. */
function collectionStatements(target: RollbackTarget): Statement[] {
  const { accountId, region, applicationId, flagEnvironmentId } = target;
  const application = `arn:aws:appconfig:${region}:${accountId}:application/${applicationId}`;
  const profiles = [target.profileId, target.flagProfileId];
  const parameters = `arn:aws:ssm:${region}:${accountId}:parameter${parameterPath(target.environment)}`;
  const log = (name: string) => `arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/${name}:*`;
  return [
    {
      Sid: "AlarmsAndMetrics",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
      Resource: "*",
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Action: "logs:FilterLogEvents",
      Resource: [log(target.apiFunction), log(physicalName("function", target.environment, "rollback"))],
    },
    {
      Sid: "FlagDocument",
      Effect: "Allow",
      Action: ["appconfig:GetHostedConfigurationVersion", "appconfig:ListDeployments"],
      Resource: [
        `${application}/environment/${flagEnvironmentId}`,
        ...profiles.map((profile) => `${application}/configurationprofile/${profile}`),
        ...profiles.map(
          (profile) => `${application}/configurationprofile/${profile}/hostedconfigurationversion/*`,
        ),
      ],
    },
    {
      Sid: "RolloutRecord",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: ["advance", "cohort", "code"].map((name) => `${parameters}${name}`),
    },
  ];
}

function lockParameter(environment: string): string {
  return `${parameterPath(environment)}lock`;
}
