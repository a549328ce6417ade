import type { S3Client } from "@aws-sdk/client-s3";
import { evidenceClient } from "./evidence-store-adapter.ts";
import { entryBucket, logPrefix } from "./rollout/aws/entry-bucket-adapter.ts";
import type { RolloutEvent } from "./rollout/event.ts";
import { numberedEventLog } from "./rollout/numbered-log.ts";

/** Every event of the rollout's log in that evidence bucket. Rejects with what S3 answers, or a CorruptLogError. */
export function logIn(bucket: string, client: S3Client = evidenceClient()): Promise<RolloutEvent[]> {
  return numberedEventLog(entryBucket({ bucket, prefix: logPrefix }, client)).read();
}
