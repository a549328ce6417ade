import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { attempt } from "../../attempt.ts";
import type { EntryStore } from "../numbered-log.ts";

export interface EntryBucket {
  readonly bucket: string;
  /** Ends with a slash: what follows it is an entry's name. */
  readonly prefix: string;
}

/** Where the event log lies in an evidence bucket. */
export const logPrefix = "rollout/log/";

const tries = 5;
/** The entry is there: nobody writes one twice. Source: S3, "Conditional writes". */
const taken = 412;
/** Another conditional write of the same name is under way: who of the two wins is not known yet. */
const underWay = 409;

/**
 * Entries as objects of a bucket, on whatever machine the writer is: `create` is a PutObject with If-None-Match: *.
 * Where an answer was lost the entry is looked up, so that one event is never written twice.
 * Reads see every entry that was written before. Source: S3, "strong read-after-write consistency".
 */
export function entryBucket(
  { bucket, prefix }: EntryBucket,
  client: Pick<S3Client, "send">,
  pauseMilliseconds = 300,
): EntryStore {
  const at = (name: string) => ({ Bucket: bucket, Key: prefix + name });
  const read = async (name: string) => {
    const { Body } = await client.send(new GetObjectCommand(at(name)));
    if (!Body) throw new Error(`the entry ${prefix}${name} has no content`);
    return Body.transformToString("utf8");
  };
  return {
    async names(after) {
      const names: string[] = [];
      const asked = {
        Bucket: bucket,
        Prefix: prefix,
        ...(after !== undefined && { StartAfter: prefix + after }),
      };
      for (let token: string | undefined, more = true; more; ) {
        const page = await client.send(new ListObjectsV2Command({ ...asked, ContinuationToken: token }));
        names.push(...(page.Contents ?? []).map(({ Key = "" }) => Key.slice(prefix.length)));
        token = page.NextContinuationToken;
        more = page.IsTruncated === true;
      }
      return names.filter((name) => name !== "" && !name.includes("/"));
    },
    read,
    async create(name, content) {
      const put = new PutObjectCommand({
        ...at(name),
        Body: content,
        ContentType: "application/json",
        IfNoneMatch: "*",
      });
      return attempt(tries, pauseMilliseconds, async (giveUp) => {
        try {
          await client.send(put);
          return true;
        } catch (error) {
          const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
          // Ours it is where an answer was lost, to us or to the client, which tries again by itself.
          if (status === taken) return (await read(name)) === content;
          const mayPass = status === undefined || status === underWay || status === 429 || status >= 500;
          throw mayPass ? error : giveUp(error);
        }
      });
    },
  };
}
