import { incidentsPrefix } from "../../monitoring/incident/incident-folder.ts";
import { logPrefix } from "../../monitoring/rollout/aws/entry-bucket-adapter.ts";
import { serviceParameter } from "../../monitoring/rollout/aws/service-facts.ts";
import { parameterPath } from "../../monitoring/rollout/projection.ts";
import type { Place } from "../naming.ts";
import type { Statement } from "../policy.ts";
import type { DocumentIds } from "./api-permissions.ts";

/** What the judge works on. */
export interface JudgeReach extends Place {
  readonly rollout: DocumentIds;
  readonly killSwitch: DocumentIds;
  /** The strategies of the bakes: going back to a stage starts its bake again. */
  readonly strategyIds: readonly string[];
  /** Where the event log and the outbox lie, and the key of that bucket. */
  readonly bucketArn: string;
  readonly encryptionKeyArn: string;
  readonly checksAliasArn: string;
  /** Where it tells people, and the key of that topic. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
}

/** What the judge may do: see how the rollout stands, write its log and projection, deploy documents that exist, tell people. */
export function judgeStatements(reach: JudgeReach): Statement[] {
  return [...seeing(reach), ...writing(reach), ...deploying(reach), ...telling(reach)];
}

function seeing({ accountId, region, environment, checksAliasArn }: JudgeReach): Statement[] {
  const parameters = `arn:aws:ssm:${region}:${accountId}:parameter`;
  return [
    {
      Sid: "Metrics",
      Effect: "Allow",
      Action: ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"],
      Resource: "*",
    },
    { Sid: "Databases", Effect: "Allow", Action: "lambda:InvokeFunction", Resource: checksAliasArn },
    {
      Sid: "ServiceParameter",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: `${parameters}${serviceParameter(environment)}`,
    },
  ];
}

function writing({ accountId, region, environment, bucketArn, encryptionKeyArn }: JudgeReach): Statement[] {
  const path = `arn:aws:ssm:${region}:${accountId}:parameter${parameterPath(environment)}`;
  return [
    {
      Sid: "RolloutParameters",
      Effect: "Allow",
      Action: "ssm:GetParametersByPath",
      Resource: path.slice(0, -1),
    },
    {
      Sid: "Projection",
      Effect: "Allow",
      Action: "ssm:PutParameter",
      Resource: ["advance", "code", "cohort", "lock"].map((name) => path + name),
    },
    {
      Sid: "ParameterWriters",
      Effect: "Allow",
      Action: "ssm:GetParameterHistory",
      Resource: ["lock", "pin"].map((name) => path + name),
    },
    // With it S3 says of an object that there is none; without it that nobody may know.
    { Sid: "LogEntries", Effect: "Allow", Action: "s3:ListBucket", Resource: bucketArn },
    {
      Sid: "EventLog",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `${bucketArn}/${logPrefix}*`,
    },
    {
      Sid: "Outbox",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject"],
      Resource: `${bucketArn}/${incidentsPrefix}*/outbox/*`,
    },
    {
      Sid: "EventLogKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: encryptionKeyArn,
    },
  ];
}

function deploying({ accountId, region, rollout, killSwitch, strategyIds }: JudgeReach): Statement[] {
  const appConfig = `arn:aws:appconfig:${region}:${accountId}`;
  const application = `${appConfig}:application/${rollout.applicationId}`;
  const environments = [rollout, killSwitch].map(
    ({ environmentId }) => `${application}/environment/${environmentId}`,
  );
  const profiles = [rollout, killSwitch].map(
    ({ profileId }) => `${application}/configurationprofile/${profileId}`,
  );
  return [
    {
      Sid: "LiveDocument",
      Effect: "Allow",
      Action: ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"],
      Resource: `${environments[0]}/configuration/${rollout.profileId}`,
    },
    {
      Sid: "DocumentStart",
      Effect: "Allow",
      Action: ["appconfig:ListHostedConfigurationVersions", "appconfig:StartDeployment"],
      Resource: [
        application,
        ...environments,
        ...profiles,
        ...strategyIds.map((id) => `${appConfig}:deploymentstrategy/${id}`),
      ],
    },
    {
      Sid: "DocumentStop",
      Effect: "Allow",
      Action: ["appconfig:GetDeployment", "appconfig:ListDeployments", "appconfig:StopDeployment"],
      // A deployment's number is not known before it is made: all of these two environments'.
      Resource: [application, ...environments, ...environments.map((arn) => `${arn}/deployment/*`)],
    },
  ];
}

function telling({ alertsTopicArn, topicKeyArn }: JudgeReach): Statement[] {
  return [
    { Sid: "TellPeople", Effect: "Allow", Action: "sns:Publish", Resource: alertsTopicArn },
    {
      Sid: "TopicKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: topicKeyArn,
    },
  ];
}
