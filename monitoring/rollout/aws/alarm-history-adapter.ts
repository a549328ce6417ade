import { type CloudWatchClient, DescribeAlarmHistoryCommand } from "@aws-sdk/client-cloudwatch";
import * as z from "zod";
import { alarmKeys } from "../../alarms.ts";
import { type AlarmChange, type AlarmTime, alarmTimesOf } from "../history.ts";

/** What an item of the history holds of a change. Source: CloudWatch, "AlarmHistoryItem", as its console shows it. */
const historyData = z.object({ newState: z.object({ stateValue: z.string() }) });

/**
 * When the alarms of the alarm table stood in ALARM; CloudWatch remembers 30 days. `prefix`: what all their names start
 * with; times are milliseconds since the epoch. Throws what the SDK throws.
 */
export async function alarmHistory(
  prefix: string,
  window: { readonly from: number; readonly to: number },
  client: Pick<CloudWatchClient, "send">,
): Promise<AlarmTime[]> {
  const changes: AlarmChange[] = [];
  for (const key of alarmKeys) changes.push(...(await changesOf(key, prefix, window, client)));
  return alarmTimesOf(changes);
}

async function changesOf(
  alarm: string,
  prefix: string,
  { from, to }: { readonly from: number; readonly to: number },
  client: Pick<CloudWatchClient, "send">,
): Promise<AlarmChange[]> {
  const changes: AlarmChange[] = [];
  for (let token: string | undefined, more = true; more; ) {
    const page = await client.send(
      new DescribeAlarmHistoryCommand({
        AlarmName: `${prefix}${alarm}`,
        HistoryItemType: "StateUpdate",
        StartDate: new Date(from),
        EndDate: new Date(to),
        NextToken: token,
      }),
    );
    for (const { Timestamp, HistoryData = "{}" } of page.AlarmHistoryItems ?? []) {
      const { newState } = historyData.parse(JSON.parse(HistoryData));
      if (Timestamp) changes.push({ alarm, to: newState.stateValue, at: Timestamp.getTime() });
    }
    token = page.NextToken;
    more = token !== undefined;
  }
  return changes;
}
