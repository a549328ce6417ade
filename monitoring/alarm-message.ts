import * as z from "zod";
import { type AlarmKey, alarms, type CauseKey, causeKeys } from "./alarms.ts";

/** What CloudWatch says when an alarm changes its state; the fields that are used. */
export const alarmMessage = z.object({
  AlarmName: z.string(),
  AlarmArn: z.string().optional(),
  NewStateValue: z.string(),
  NewStateReason: z.string().default(""),
  StateChangeTime: z.string().default("unknown"),
});
export type AlarmMessage = z.infer<typeof alarmMessage>;

/** The alarm's key; a name that is not ours stands for itself. */
export function keyOf(alarmName: string, prefix: string): string {
  return alarmName.startsWith(prefix) ? alarmName.slice(prefix.length) : alarmName;
}

/** An alarm that is not in the table came by a topic of a way down all the same: it counts as one that rolls back. */
export function rollsBack(key: string): boolean {
  return !Object.hasOwn(alarms, key) || alarms[key as AlarmKey].effect === "rollback";
}

/** Without doubles, keys of the table first and in its order. */
export function inTableOrder(keys: readonly string[]): string[] {
  const place = (key: string) => {
    const index = causeKeys.indexOf(key as CauseKey);
    return index === -1 ? causeKeys.length : index;
  };
  return [...new Set(keys)].sort((a, b) => place(a) - place(b));
}
