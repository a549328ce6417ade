import type { PlannedResource } from "../../preview/graph.ts";
import { isAlarm } from "../alarm-types.ts";
import { attachedTo, targetOf } from "../pointing.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";
import { conditionValues, listOf, type PolicyStatement, services, statementsOf } from "../statements.ts";

const cloudWatch = "cloudwatch.amazonaws.com";
const publish = ["sns:Publish", "sns:*"];
const useKey = ["kms:Decrypt", "kms:GenerateDataKey"];

type Resources = readonly PlannedResource[];

/** Whether a pattern of an ARN covers an alarm of that name; region and account are the provider's business. */
function coversAlarm(pattern: string, alarmName: string): boolean {
  const [, name = ""] = pattern.split(":alarm:");
  const parts = name.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return name !== "" && new RegExp(`^${parts.join(".*")}$`).test(alarmName);
}

function mayPublish(statement: PolicyStatement, alarmName: string): boolean {
  return (
    statement.Effect === "Allow" &&
    services(statement).includes(cloudWatch) &&
    listOf(statement.Action).some((action) => publish.includes(action)) &&
    conditionValues(statement, "aws:SourceArn").some((pattern) => coversAlarm(pattern, alarmName)) &&
    conditionValues(statement, "aws:SourceAccount").length > 0
  );
}

function mayUseKey(key: PlannedResource): boolean {
  const allowed = statementsOf(key)
    .filter(({ statement }) => statement.Effect === "Allow" && services(statement).includes(cloudWatch))
    .flatMap(({ statement }) => listOf(statement.Action).map((action) => action.replace(/\*$/, "")));
  return useKey.every((action) => allowed.some((granted) => action.startsWith(granted)));
}

/** Why a message of that alarm would not get there, or undefined. */
function obstacle(action: string, alarmName: string, resources: Resources): string | undefined {
  const topic = targetOf(action, resources, "aws:sns/topic:Topic");
  if (!topic) return `${action} is no topic of ours`;
  const policies = attachedTo(topic, resources, "aws:sns/topicPolicy:TopicPolicy", "arn").flatMap(
    statementsOf,
  );
  if (!policies.some(({ statement }) => mayPublish(statement, alarmName)))
    return `the policy of topic "${topic.name}" does not let CloudWatch publish for it, with SourceArn and SourceAccount`;
  if (topic.inputs.kmsMasterKeyId === undefined) return undefined;
  const key = targetOf(topic.inputs.kmsMasterKeyId, resources, "aws:kms/key:Key");
  if (!key) return `the key of topic "${topic.name}" is none of ours, and CloudWatch may not use it`;
  return mayUseKey(key) ? undefined : `the policy of key "${key.name}" does not let CloudWatch use it`;
}

export const alarmActionsDeliverable: Rule = {
  id: "alarm-actions-deliverable",
  title: "What an alarm says arrives: the topic exists, and its policy and its key let CloudWatch publish.",
  judge: ({ type, inputs }, { resources }) => {
    if (!isAlarm(type)) return notApplicable;
    const name = String(inputs.name ?? inputs.alarmName ?? "");
    for (const [index, action] of listOf(inputs.alarmActions).entries()) {
      const why = obstacle(action, name, resources);
      if (why) return violation(why, `alarmActions[${index}]`);
    }
    return compliant;
  },
};
