import { targetOf } from "../pointing.ts";
import { compliant, notApplicable, type Rule, violation } from "../rule.ts";

export const monitorsQuietWithoutData: Rule = {
  id: "monitors-quiet-without-data",
  title: "A monitor takes missing data as good: AppConfig rolls back on INSUFFICIENT_DATA too.",
  judge: ({ type, inputs }, { resources }) => {
    if (type !== "aws:appconfig/environment:Environment") return notApplicable;
    const monitors = (inputs.monitors ?? []) as readonly { alarmArn?: unknown }[];
    for (const [index, { alarmArn }] of monitors.entries()) {
      const alarm = targetOf(alarmArn, resources, "aws:cloudwatch/metricAlarm:MetricAlarm");
      const property = `monitors[${index}].alarmArn`;
      if (!alarm) return violation("it is no metric alarm of ours", property);
      if (alarm.inputs.treatMissingData !== "notBreaching")
        return violation(`alarm "${alarm.name}" does not take missing data as notBreaching`, property);
    }
    return compliant;
  },
};
