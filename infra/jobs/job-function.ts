import type { JobName } from "../../monitoring/job-schedule.ts";

/** The name of a job's function and role, without project and environment: `job-reconcile-all`. */
export function jobFunction(job: JobName): string {
  return `job-${job.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
