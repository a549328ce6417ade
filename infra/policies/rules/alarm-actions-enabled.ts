import { isAlarm } from "../alarm-types.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";
import { listOf } from "../statements.ts";

export const alarmActionsEnabled: Rule = {
  id: "alarm-actions-enabled",
  title: "An alarm has an action, and it is enabled.",
  judge: ({ type, inputs }) => {
    if (!isAlarm(type)) return notApplicable;
    if (inputs.actionsEnabled === false) return violation("its actions are disabled", "actionsEnabled");
    return require(listOf(inputs.alarmActions).length > 0, "nobody is told when it fires", "alarmActions");
  },
};
