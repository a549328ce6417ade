import { pinnedAlias } from "../flags/pin.ts";
import { alarmPrefix, type Place } from "../infra/naming.ts";
import type { Statement } from "../infra/policy.ts";
import { parameterPath } from "./rollout/projection.ts";

/** What the pin function works on. */
export interface PinTarget extends Place {
  /** What answers the HTTP API's requests. */
  readonly apiId: string;
  readonly integrationId: string;
  /** The invoke ARN of the alias that answers v1 only. */
  readonly pinnedUri: string;
  /** The API's function: its name and ARN. */
  readonly functionName: string;
  readonly functionArn: string;
  /** The address where v1's health says whether anybody is on v2. */
  readonly apiUrl: string;
  /** Where people are told, and the key of that topic. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
}

/** The variables of the pin function. */
export function pinVariables(target: PinTarget): Record<string, string> {
  return {
    STACK_ENVIRONMENT: target.environment,
    INTEGRATION: `${target.apiId}/${target.integrationId}`,
    PINNED_URI: target.pinnedUri,
    API_URL: target.apiUrl,
    NOTIFY_TOPIC: target.alertsTopicArn,
    PIN_PARAMETER: pinParameter(target.environment),
    CODE_PARAMETER: codeParameter(target.environment),
    API_FUNCTION: target.functionName,
    // The one that answers while the pin holds goes first.
    API_ALIASES: `${pinnedAlias},live`,
    ALARM_PREFIX: alarmPrefix(target.environment),
  };
}

/**
 * What the pin function may do: change that one integration, move the API's aliases, record it, tell people. IAM cannot limit where an
 * integration is pointed; but API Gateway may invoke two aliases of ours alone, `live` and `v1only`, so whatever
 * else it was pointed at would answer nobody. Nor does IAM know aliases in UpdateAlias: the function is the narrowest
 * resource it takes. Source: Service Authorization Reference, AWS Lambda.
 */
export function pinStatements(target: PinTarget): Statement[] {
  const { accountId, region, apiId, integrationId } = target;
  return [
    {
      Sid: "Integration",
      Effect: "Allow",
      Action: "apigateway:PATCH",
      Resource: `arn:aws:apigateway:${region}::/apis/${apiId}/integrations/${integrationId}`,
    },
    {
      Sid: "PinRecord",
      Effect: "Allow",
      Action: ["ssm:GetParameter", "ssm:PutParameter"],
      Resource: `arn:aws:ssm:${region}:${accountId}:parameter${pinParameter(target.environment)}`,
    },
    {
      Sid: "CodeRecord",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: `arn:aws:ssm:${region}:${accountId}:parameter${codeParameter(target.environment)}`,
    },
    { Sid: "CodeBack", Effect: "Allow", Action: "lambda:UpdateAlias", Resource: target.functionArn },
    { Sid: "TellPeople", Effect: "Allow", Action: "sns:Publish", Resource: target.alertsTopicArn },
    {
      Sid: "TopicKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: target.topicKeyArn,
    },
  ];
}

function pinParameter(environment: string): string {
  return `${parameterPath(environment)}pin`;
}

function codeParameter(environment: string): string {
  return `${parameterPath(environment)}code`;
}
