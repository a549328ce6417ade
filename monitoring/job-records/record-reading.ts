import type { EntryStore } from "../rollout/numbered-log.ts";
import { type JobRecord, jobRecord, type RecordedJob, recordedJobs } from "./job-record.ts";

/** ISO dates; `to` is the day after the last. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

export interface RecordReading {
  readonly records: readonly JobRecord[];
  /** What lies among the records and is none, by job and name. */
  readonly unreadable: readonly string[];
}

/** Where a job's records lie, whose names begin with their day. */
export type RecordStores = (job: RecordedJob) => Pick<EntryStore, "names" | "read">;

const dayMilliseconds = 86_400_000;

/**
 * The records of those days, and of the day after: what is told of a day may be recorded on the next. Rejects with what
 * the stores throw.
 */
export async function recordsOf(stores: RecordStores, { from, to }: Days): Promise<RecordReading> {
  const end = new Date(Date.parse(to) + dayMilliseconds).toISOString().slice(0, 10);
  const byJob = await Promise.all(
    recordedJobs.map(async (job) => {
      const store = stores(job);
      const names = (await store.names(from)).filter((name) => name.endsWith(".json") && name < end);
      return Promise.all(
        names.sort().map(async (name) => ({ name: `${job}/${name}`, text: await store.read(name) })),
      );
    }),
  );
  const read = byJob.flat().map(({ name, text }) => ({ name, record: recordIn(text) }));
  return {
    records: read.flatMap(({ record }) => record ?? []),
    unreadable: read.filter(({ record }) => record === undefined).map(({ name }) => name),
  };
}

/** Whether any job has left a record before that day. */
export async function anyRecordBefore(stores: RecordStores, day: string): Promise<boolean> {
  const names = await Promise.all(recordedJobs.map((job) => stores(job).names()));
  return names.flat().some((name) => name.endsWith(".json") && name < day);
}

function recordIn(text: string): JobRecord | undefined {
  try {
    return jobRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
