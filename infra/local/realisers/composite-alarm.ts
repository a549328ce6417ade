import type { Realiser, Wanted } from "../realiser.ts";
import type { AlarmService } from "../services/alarm-service.ts";

/** Composite alarms: a rule over the states of other alarms. */
export function compositeAlarm(alarms: AlarmService): Realiser {
  const put = async ({ inputs }: Wanted) => {
    const arn = alarms.putCompositeAlarm(inputs);
    return { ...inputs, arn, id: inputs.alarmName };
  };
  return {
    types: ["aws:cloudwatch/compositeAlarm:CompositeAlarm"],
    replaceOn: ["alarmName"],
    create: put,
    update: put,
    delete: async ({ outputs }) => alarms.delete(String(outputs.alarmName)),
  };
}
