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
    ALARM_PREFIX: alarmPrefix(target.environment),
  };
}

/**
 * What the pin function may do: change that one integration, record it, tell people. IAM cannot limit where an
 * integration is pointed; but API Gateway may invoke two aliases of ours alone, `live` and `v1only`, so whatever
 * else it was pointed at would answer nobody.
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
