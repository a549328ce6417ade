import { physicalName } from "../../infra/naming.ts";
import type { Statement } from "../../infra/policy.ts";
import { chatParameter } from "./chat-webhook.ts";
import { type CollectionTarget, collectionStatements, collectionVariables } from "./collection-target.ts";
import { actingFunctions } from "./incident-folder.ts";

/** What the notifier function works on; the evidence bucket is granted beside this. */
export interface NotifierTarget extends CollectionTarget {
  readonly evidenceBucket: string;
  /** Where what was left in an outbox is published, and the key of that topic. */
  readonly alertsTopicArn: string;
  readonly topicKeyArn: string;
}

/** The variables of the notifier function; the webhook is none of them. */
export function notifierVariables(target: NotifierTarget): Record<string, string> {
  return {
    ...collectionVariables(target),
    FUNCTION_PREFIX: `${physicalName("function", target.environment)}-`,
    EVIDENCE_BUCKET: target.evidenceBucket,
    NOTIFY_TOPIC: target.alertsTopicArn,
    CHAT_PARAMETER: chatParameter(target.environment),
  };
}

/**
 * What the notifier function may do: read the webhook, publish what was left, collect what is known of a rollback. The
 * parameter is encrypted with the account's own key of the parameter store, whose policy lets in who may read it.
 */
export function notifierStatements(target: NotifierTarget): Statement[] {
  const { accountId, environment, region } = target;
  const acting = Object.values(actingFunctions).map((part) => physicalName("function", environment, part));
  return [
    ...collectionStatements(target, acting),
    {
      Sid: "ChatWebhook",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: `arn:aws:ssm:${region}:${accountId}:parameter${chatParameter(environment)}`,
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
