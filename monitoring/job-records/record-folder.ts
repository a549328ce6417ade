import { access } from "node:fs/promises";
import { join } from "node:path";
import { entryFolder } from "../rollout/entry-folder.ts";
import { type JobRecord, jobRecord, type RecordedRun, recordedJobs } from "./job-record.ts";

/** Where a command leaves its records unless it is told otherwise. */
export const recordFolder = join(import.meta.dirname, "../../.part-lens/jobs/records");

/** There is no such folder: that is a wrong name, or no job has run; it is not a week without records. */
export class RecordsMissingError extends Error {
  override readonly name = "RecordsMissingError";
}

/** A file among the records is no record. */
export class CorruptRecordError extends Error {
  override readonly name = "CorruptRecordError";
}

/** Writes `<folder>/<job>/<time>.json`, whole or not at all. `now`: when the run was over. */
export async function leaveRecord(
  folder: string,
  environment: string,
  run: RecordedRun,
  now = new Date(),
): Promise<void> {
  const record = { ...run, environment, at: now.toISOString() };
  const name = `${record.at}.json`;
  if (await entryFolder(join(folder, run.job)).create(name, `${JSON.stringify(record)}\n`)) return;
  throw new Error(`${join(folder, run.job, name)} is there already: two runs ended at the same millisecond`);
}

/**
 * The records of the days from `from` to before `to`, ISO dates, by their names, which begin with their day. Throws
 * RecordsMissingError and CorruptRecordError.
 */
export async function readRecords(
  folder: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<JobRecord[]> {
  await access(folder).catch((cause: unknown) => {
    throw new RecordsMissingError(
      `there are no records in ${folder}: each job leaves one there when it runs`,
      {
        cause,
      },
    );
  });
  const byJob = await Promise.all(
    recordedJobs.map(async (job) => {
      const store = entryFolder(join(folder, job));
      const names = (await store.names()).filter(
        (name) => name.endsWith(".json") && name >= from && name < to,
      );
      return Promise.all(
        names.sort().map(async (name) => recordOf(join(folder, job, name), await store.read(name))),
      );
    }),
  );
  return byJob.flat();
}

function recordOf(path: string, text: string): JobRecord {
  try {
    return jobRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new CorruptRecordError(`${path} is no record of a job; remove it and build the week again`, {
      cause: error,
    });
  }
}
