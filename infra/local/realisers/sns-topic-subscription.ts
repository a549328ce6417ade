import { z } from "zod";
import type { Realiser } from "../realiser.ts";
import type { TopicBus } from "../services/topic-bus.ts";

const subscription = z.object({
  topic: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  filterPolicy: z.string().optional(),
});

/** Subscriptions: a function is invoked, other protocols are recorded. */
export function snsTopicSubscription(topics: TopicBus): Realiser {
  return {
    types: ["aws:sns/topicSubscription:TopicSubscription"],
    create: async ({ inputs }) => {
      const arn = topics.subscribe(subscription.parse(inputs));
      return { ...inputs, arn, id: arn };
    },
    delete: async ({ outputs }) => topics.unsubscribe(String(outputs.arn)),
  };
}
