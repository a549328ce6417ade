import type { Realiser, Wanted } from "../realiser.ts";
import type { AlarmService } from "../services/alarm-service.ts";

/** Metric alarms: evaluated with CloudWatch's semantics by the local alarm service. */
export function metricAlarm(alarms: AlarmService): Realiser {
  const put = async ({ name, inputs }: Wanted) => {
    const named = { ...inputs, name: inputs.name ?? name };
    const arn = alarms.putMetricAlarm(named);
    return { ...named, arn, id: named.name };
  };
  return {
    types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
    replaceOn: ["name"],
    create: put,
    update: put,
    delete: async ({ outputs }) => alarms.delete(String(outputs.name)),
  };
}
