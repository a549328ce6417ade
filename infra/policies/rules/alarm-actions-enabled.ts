import type { PlannedResource } from "../../preview/graph.ts";
import { isAlarm } from "../alarm-types.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";
import { listOf } from "../statements.ts";

export const alarmActionsEnabled: Rule = {
  id: "alarm-actions-enabled",
  title: "An alarm has an action, its own or that of an alarm it is a part of, and it is enabled.",
  judge: ({ type, inputs }, { resources }) => {
    if (!isAlarm(type)) return notApplicable;
    if (inputs.actionsEnabled === false) return violation("its actions are disabled", "actionsEnabled");
    const isHeard = listOf(inputs.alarmActions).length > 0 || isPart(inputs.name, resources);
    return require(isHeard, "nobody is told when it fires", "alarmActions");
  },
};

/** Whether a composite alarm, which is judged for itself, is made of the alarm of that name. */
function isPart(name: unknown, resources: readonly PlannedResource[]): boolean {
  return (
    typeof name === "string" &&
    resources.some(({ inputs }) => String(inputs.alarmRule ?? "").includes(`ALARM("${name}")`))
  );
}
