import type { S3Client } from "@aws-sdk/client-s3";
import { evidenceClient } from "./evidence-store-adapter.ts";
import { recordPrefix, weeklyPrefix } from "./job-records/record-keeper.ts";
import type { RecordStores } from "./job-records/record-reading.ts";
import { entryBucket } from "./rollout/aws/entry-bucket-adapter.ts";
import type { EntryStore } from "./rollout/numbered-log.ts";

/** The records that the scheduled functions left in that evidence bucket. Its stores reject with what S3 answers. */
export function recordBucket(
  bucket: string,
  client: Pick<S3Client, "send"> = evidenceClient(),
): RecordStores {
  return (job) => entryBucket({ bucket, prefix: `${recordPrefix}${job}/` }, client);
}

/** The reports of weeks that lie beside them, by name. */
export function weeklyReports(
  bucket: string,
  client: Pick<S3Client, "send"> = evidenceClient(),
): Pick<EntryStore, "names"> {
  return entryBucket({ bucket, prefix: weeklyPrefix }, client);
}
