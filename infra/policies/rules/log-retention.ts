import { notApplicable, type Rule, require } from "../rule.ts";

export const logRetention: Rule = {
  id: "log-retention",
  title: "A log group ends somewhere: CloudWatch keeps logs for ever by default.",
  judge: ({ type, inputs }) =>
    type === "aws:cloudwatch/logGroup:LogGroup"
      ? require(Number(inputs.retentionInDays ?? 0) > 0, "its logs are kept for ever", "retentionInDays")
      : notApplicable,
};
