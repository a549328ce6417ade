/** Where the files of an incident lie in the evidence bucket, and what they are called. */

/**
 * The two ways down, as they are named in the record; `control`: a verb, the judge or the runner; `alert`: an alarm that
 * only tells people.
 */
export type IncidentWay = "killSwitch" | "pin" | "control" | "alert";

/** Whose log tells of a way: the function's name without project and environment. */
export const actingFunctions = {
  control: "judge",
  killSwitch: "rollback",
  pin: "pin",
} as const satisfies Partial<Record<IncidentWay, string>>;

export const incidentsPrefix = "incidents/";

/**
 * An incident is named by the time at which its first alarm changed, in UTC: both ways down hear that time in the same
 * message, so that they name it alike without knowing of each other. A time that cannot be read is replaced by `now`.
 */
export function incidentIdOf(stateChangeTime: string, now: Date): string {
  const at = new Date(stateChangeTime);
  return (Number.isNaN(at.getTime()) ? now : at).toISOString();
}

export function incidentFolder(incident: string): string {
  return `${incidentsPrefix}${incident}/`;
}

/** The name of what one way has to say of one change of an alarm. */
export function transitionName(way: IncidentWay, alarm: string, at: string): string {
  return `${way}-${alarm.replace(/[^A-Za-z0-9_.-]/g, "_")}-${at.replace(/[-:.]/g, "")}`;
}

export const incidentFiles = {
  /** What is to be told, written before it is sent. */
  outbox: (incident: string, transition: string) => `${incidentFolder(incident)}outbox/${transition}.json`,
  /** That it was delivered by that channel. */
  receipt: (incident: string, transition: string, channel: string) =>
    `${incidentFolder(incident)}outbox/${transition}.${channel}.json`,
  collected: (incident: string, section: string) => `${incidentFolder(incident)}collected/${section}.json`,
  /** The hashes of everything collected. */
  manifest: (incident: string) => `${incidentFolder(incident)}collected/manifest.json`,
  postmortem: (incident: string) => `${incidentFolder(incident)}postmortem.md`,
} as const;
