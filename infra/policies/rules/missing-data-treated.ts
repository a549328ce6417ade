import { notApplicable, type Rule, require } from "../rule.ts";

const treatments = ["notBreaching", "breaching", "ignore", "missing"];

export const missingDataTreated: Rule = {
  id: "missing-data-treated",
  title: "An alarm says how it takes missing data.",
  judge: ({ type, inputs }) =>
    type === "aws:cloudwatch/metricAlarm:MetricAlarm"
      ? require(treatments.includes(
          String(inputs.treatMissingData),
        ), "it does not say how it takes missing data", "treatMissingData")
      : notApplicable,
};
