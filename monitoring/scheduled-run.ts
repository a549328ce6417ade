import * as z from "zod";

/**
 * The schedule replaces it by the time that the run is of: a run that is late, or tried again, is still of its own time.
 * Source: EventBridge Scheduler user guide, "Adding context attributes".
 */
export const scheduledTime = "<aws.scheduler.scheduled-time>";

/** What a schedule gives to a job's function. */
export interface ScheduledRun {
  /** ISO 8601, UTC. Left out: now. */
  readonly at?: string;
}

const time = z.iso.datetime();
const dayMilliseconds = 86_400_000;

/** The time that a run is of. Throws a RangeError for one that is no time. */
export function timeOf({ at }: ScheduledRun): Date {
  if (at === undefined) return new Date();
  if (!time.safeParse(at).success) throw new RangeError(`the run's time ${at} is no time`);
  return new Date(at);
}

/** The whole day before that time, an ISO date, UTC. */
export function dayBefore(at: Date): string {
  return new Date(at.getTime() - dayMilliseconds).toISOString().slice(0, 10);
}
