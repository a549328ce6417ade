const alarmTypes = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"];

/** Whether a resource of that type is an alarm of CloudWatch's. */
export function isAlarm(type: string): boolean {
  return alarmTypes.includes(type);
}
