import { z } from "zod";
import type { Realiser } from "../realiser.ts";
import type { TopicBus } from "../services/topic-bus.ts";

const topicPolicy = z.object({ arn: z.string(), policy: z.string() });

/** Who may publish: an alarm whose topic does not let CloudWatch in stays silent, as on AWS. */
export function snsTopicPolicy(topics: TopicBus): Realiser {
  const put = async (inputs: Record<string, unknown>) => {
    const { arn, policy } = topicPolicy.parse(inputs);
    topics.setPolicy(arn, policy);
    return { ...inputs, id: arn };
  };
  return {
    types: ["aws:sns/topicPolicy:TopicPolicy"],
    replaceOn: ["arn"],
    create: ({ inputs }) => put(inputs),
    update: ({ inputs }) => put(inputs),
    delete: async ({ outputs }) => topics.setPolicy(String(outputs.arn), undefined),
  };
}
