import { mostMonitors } from "../../../flags/flag-store.ts";
import { notApplicable, type Rule, require } from "../rule.ts";

export const atMostFiveMonitors: Rule = {
  id: "at-most-five-monitors",
  title: "An environment of AppConfig has at most five monitors.",
  judge: ({ type, inputs }) => {
    if (type !== "aws:appconfig/environment:Environment") return notApplicable;
    const { length } = (inputs.monitors ?? []) as readonly unknown[];
    return require(length <= mostMonitors, `it has ${length} monitors`, "monitors");
  },
};
