import { notApplicable, type Rule, require } from "../rule.ts";

export const encryptedTopic: Rule = {
  id: "encrypted-topic",
  title: "A topic is encrypted with a key of ours: alarms cannot publish to one with Amazon's alias/aws/sns.",
  judge: ({ type, inputs }) => {
    if (type !== "aws:sns/topic:Topic") return notApplicable;
    const key = String(inputs.kmsMasterKeyId ?? "");
    return require(key !== "" && !key.includes("alias/aws/"), "no key of ours encrypts it", "kmsMasterKeyId");
  },
};
