import type { Alarm } from "./alarm-definition.ts";
import type { Transition } from "./alarm-service.ts";
import { localAccount } from "./arn.ts";

/** What CloudWatch publishes to a topic on a transition: the fields of AWS's message that our functions read. */
export function alarmMessage(
  alarm: Alarm,
  transition: Transition,
  region: string,
): { readonly subject: string; readonly message: string } {
  const message = {
    AlarmName: alarm.name,
    AlarmDescription: alarm.alarmDescription ?? null,
    AWSAccountId: localAccount,
    NewStateValue: transition.to,
    OldStateValue: transition.from,
    NewStateReason: transition.reason,
    StateChangeTime: new Date(transition.at).toISOString(),
    Region: region,
    AlarmArn: transition.arn,
  };
  return { subject: `${transition.to}: "${alarm.name}" in ${region}`, message: JSON.stringify(message) };
}
