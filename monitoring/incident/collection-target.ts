import { alarmPrefix, type Place } from "../../infra/naming.ts";
import type { Statement } from "../../infra/policy.ts";
import { parameterPath } from "../rollout/projection.ts";

/** What is read for the record of an incident; where that is kept is granted beside this. */
export interface CollectionTarget extends Place {
  /** The kill switch's place in AppConfig, and the flag document's, in the same application. */
  readonly applicationId: string;
  readonly environmentId: string;
  readonly profileId: string;
  readonly flagEnvironmentId: string;
  readonly flagProfileId: string;
  /** The address that says which code it runs. */
  readonly apiUrl: string;
  /** The name of the API's function: its log is read. */
  readonly apiFunction: string;
  readonly migrationHash: string;
}

/** The variables of a function that collects. */
export function collectionVariables(target: CollectionTarget): Record<string, string> {
  return {
    STACK_ENVIRONMENT: target.environment,
    KILL_SWITCH: `${target.applicationId}/${target.environmentId}/${target.profileId}`,
    FLAG_DOCUMENT: `${target.applicationId}/${target.flagEnvironmentId}/${target.flagProfileId}`,
    API_URL: target.apiUrl,
    PARAMETER_PATH: parameterPath(target.environment),
    ALARM_PREFIX: alarmPrefix(target.environment),
    API_FUNCTION: target.apiFunction,
    MIGRATION_HASH: target.migrationHash,
  };
}

/** What a function that collects may look at, with the logs of these functions besides the API's. */
export function collectionStatements(target: CollectionTarget, functions: readonly string[]): Statement[] {
  const { accountId, region, applicationId, environmentId, flagEnvironmentId } = target;
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
      Resource: [target.apiFunction, ...functions].map(log),
    },
    {
      Sid: "FlagDocument",
      Effect: "Allow",
      Action: ["appconfig:GetHostedConfigurationVersion", "appconfig:ListDeployments"],
      // AWS judges both by the application as well.
      Resource: [
        application,
        ...[environmentId, flagEnvironmentId].map((id) => `${application}/environment/${id}`),
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
      Resource: ["advance", "cohort", "code", "lock"].map((name) => `${parameters}${name}`),
    },
  ];
}
