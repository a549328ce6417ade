import type { AwsCall } from "./aws-call.ts";
import { account, region } from "./emulator.ts";

/** Makes an alarm that is OK; its ARN. The tests move it themselves: the emulator's evaluation is not CloudWatch's. */
export async function makeAlarm(call: AwsCall, name: string, actions: readonly string[]): Promise<string> {
  await call.query("monitoring", "PutMetricAlarm", {
    AlarmName: name,
    Namespace: name,
    MetricName: "breach",
    Statistic: "Sum",
    Period: "10",
    EvaluationPeriods: "1",
    Threshold: "0",
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    ...Object.fromEntries(actions.map((arn, index) => [`AlarmActions.member.${index + 1}`, arn])),
  });
  await setAlarm(call, name, "OK");
  return `arn:aws:cloudwatch:${region}:${account}:alarm:${name}`;
}

export async function setAlarm(call: AwsCall, name: string, state: "OK" | "ALARM"): Promise<void> {
  const reason = { AlarmName: name, StateValue: state, StateReason: "a test" };
  await call.query("monitoring", "SetAlarmState", reason);
}
