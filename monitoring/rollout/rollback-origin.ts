/** Why a rollback that no alarm's function has done was done, for the reader of a message. */
export const rollbackOrigins = {
  asked: "asked for by a verb",
  failedCheck: "the stage failed its check",
  exposure: "the document of the stage did not come to be live",
  appConfigMonitor: "AppConfig has undone its deployment because of an alarm",
  killSwitch: "the kill switch was found at 0 without a lock",
} as const;

export type RollbackOrigin = keyof typeof rollbackOrigins;

export const rollbackOriginNames = Object.keys(rollbackOrigins) as [RollbackOrigin, ...RollbackOrigin[]];
