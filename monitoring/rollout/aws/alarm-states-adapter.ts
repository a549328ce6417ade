import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { alarmKeys, burnKeys, causeKeys } from "../../alarms.ts";
import type { AlarmState, LiveView } from "../live-view.ts";

/** How the alarms of the alarm table stand; `prefix`: what all their names start with. Throws what the SDK throws. */
export async function alarmStates(
  prefix: string,
  client: Pick<CloudWatchClient, "send">,
): Promise<Pick<LiveView, "alarms" | "unarmed">> {
  const found = new Map<string, { readonly state: AlarmState; readonly enabled: boolean }>();
  for (let token: string | undefined, more = true; more; ) {
    const page = await client.send(
      new DescribeAlarmsCommand({
        AlarmNamePrefix: prefix,
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        NextToken: token,
      }),
    );
    const alarms = [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])];
    for (const { AlarmName = "", StateValue, ActionsEnabled } of alarms) {
      const state = (StateValue ?? "INSUFFICIENT_DATA") as AlarmState;
      found.set(AlarmName.slice(prefix.length), { state, enabled: ActionsEnabled === true });
    }
    token = page.NextToken;
    more = token !== undefined;
  }
  const known = causeKeys.filter((key) => found.has(key));
  return {
    alarms: Object.fromEntries(known.map((key) => [key, found.get(key)?.state as AlarmState])),
    unarmed: [...alarmKeys, ...burnKeys].filter((key) => !found.get(key)?.enabled),
  };
}
