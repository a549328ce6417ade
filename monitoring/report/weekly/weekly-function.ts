/** The Lambda entry of the job that writes the report of the week before; see job-schedule.ts. */
import { evidenceBucket } from "../../evidence-store-adapter.ts";
import { jobsEnv, recordsIn } from "../../jobs-env.ts";
import { findingsLine, metricNamespace } from "../../metrics.ts";
import { recordBucket, weeklyReports } from "../../record-bucket-adapter.ts";
import { type ScheduledRun, timeOf } from "../../scheduled-run.ts";
import { type WrittenWeek, writeWeek } from "./written-week.ts";

/** Throws what the environment lacks, and what S3 answers. */
export function weekly(event: ScheduledRun = {}): Promise<WrittenWeek> {
  const env = jobsEnv(process.env);
  const bucket = recordsIn(env);
  const place = {
    records: recordBucket(bucket),
    reports: weeklyReports(bucket),
    store: evidenceBucket(bucket),
  };
  const tell = (concerns: readonly string[]) =>
    console.log(findingsLine(metricNamespace(env.environment), "weekly", concerns.length));
  return writeWeek(place, env.environment, timeOf(event), tell);
}
