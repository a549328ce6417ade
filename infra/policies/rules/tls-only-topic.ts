import { attachedTo } from "../pointing.ts";
import { notApplicable, type Rule, require } from "../rule.ts";
import { refusesWithoutTls, statementsOf } from "../statements.ts";

export const tlsOnlyTopic: Rule = {
  id: "tls-only-topic",
  title: "A topic refuses messages that come without TLS.",
  judge: (topic, { resources }) => {
    if (topic.type !== "aws:sns/topic:Topic") return notApplicable;
    const policies = attachedTo(topic, resources, "aws:sns/topicPolicy:TopicPolicy", "arn");
    const refused = policies.flatMap(statementsOf).some(({ statement }) => refusesWithoutTls(statement));
    return require(refused, "no policy refuses messages without TLS", "policy");
  },
};
