import type { Realiser } from "../realiser.ts";
import type { TopicBus } from "../services/topic-bus.ts";

/** Topics of the local bus. */
export function snsTopic(topics: TopicBus): Realiser {
  return {
    types: ["aws:sns/topic:Topic"],
    replaceOn: ["name"],
    create: async ({ name, inputs }) => {
      const named = { ...inputs, name: inputs.name ?? name };
      const arn = topics.createTopic(String(named.name));
      return { ...named, arn, id: arn };
    },
    update: async ({ inputs }, { outputs }) => ({ ...outputs, ...inputs }),
    delete: async ({ outputs }) => topics.deleteTopic(String(outputs.arn)),
  };
}
