import { targetOf } from "../pointing.ts";
import { notApplicable, type Rule, require } from "../rule.ts";

export const functionLog: Rule = {
  id: "function-log",
  title: "A function writes to a log group of ours: one that Lambda makes itself has no retention.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:lambda/function:Function") return notApplicable;
    const { logGroup } = (inputs.loggingConfig ?? {}) as { logGroup?: unknown };
    const found = targetOf(logGroup, resources, "aws:cloudwatch/logGroup:LogGroup");
    return require(found !== undefined, "it writes to no log group of ours", "loggingConfig.logGroup");
  },
};
