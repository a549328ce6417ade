/** Why a rollback that no alarm's function has done was done, for the reader of a message. */
export const rollbackOrigins = {
  asked: "asked for by a verb",
  failedCheck: "the stage failed its check",
  exposure: "the document of the stage did not come to be live",
  appConfigMonitor: "AppConfig has undone its deployment",
  killSwitch: "the kill switch was found at 0 without a lock",
  byHand: "by hand: no verb and no function of an alarm has put its name to it",
  lockLeft: "the lock was still there after its acknowledgement was cut off",
} as const;

export type RollbackOrigin = keyof typeof rollbackOrigins;

export const rollbackOriginNames = Object.keys(rollbackOrigins) as [RollbackOrigin, ...RollbackOrigin[]];

/** Found, and done by nobody who says why: what the alarms were then is all there is to go by. */
const found: ReadonlySet<string> = new Set([
  "appConfigMonitor",
  "killSwitch",
  "byHand",
] satisfies RollbackOrigin[]);

/** In words, with the keys of the alarms that were in ALARM when it was found. */
export function originText(origin: string, alarms: readonly string[] | undefined): string {
  const text: string = rollbackOrigins[origin as RollbackOrigin] ?? origin;
  if (!alarms || !found.has(origin)) return text;
  return `${text}; ${alarms.length > 0 ? `in ALARM then: ${alarms.join(", ")}` : "no alarm was in ALARM then"}`;
}
