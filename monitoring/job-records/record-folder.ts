import { access } from "node:fs/promises";
import { join } from "node:path";
import { entryFolder } from "../rollout/entry-folder.ts";
import type { JobRecord, RecordedRun } from "./job-record.ts";
import { type Days, recordsOf } from "./record-reading.ts";

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
 * The records of the days from `from` to before `to`, ISO dates, and of the day after. Throws RecordsMissingError and
 * CorruptRecordError.
 */
export async function readRecords(folder: string, days: Days): Promise<readonly JobRecord[]> {
  await access(folder).catch((cause: unknown) => {
    throw new RecordsMissingError(
      `there are no records in ${folder}: each job leaves one there when it runs`,
      {
        cause,
      },
    );
  });
  const { records, unreadable } = await recordsOf((job) => entryFolder(join(folder, job)), days);
  if (unreadable[0] === undefined) return records;
  throw new CorruptRecordError(
    `${join(folder, unreadable[0])} is no record of a job; remove it and build the week again`,
  );
}
