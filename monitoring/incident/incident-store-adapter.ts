import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { IncidentStore } from "./incident-store.ts";

/** Incidents in a bucket. The client follows AWS_ENDPOINT_URL, which the local host sets. */
export function bucketIncidents(
  Bucket: string,
  client: Pick<S3Client, "send"> = evidenceClient(),
): IncidentStore {
  const put = (Key: string, Body: string, IfNoneMatch?: "*") =>
    client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body,
        ContentType: contentType(Key),
        ...(IfNoneMatch && { IfNoneMatch }),
      }),
    );
  return {
    create: (key, text) =>
      put(key, text, "*").then(
        () => true,
        (error: unknown) => {
          if (isTaken(error)) return false;
          throw error;
        },
      ),
    put: (key, text) => put(key, text).then(() => undefined),
    async read(Key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    async list(Prefix) {
      const keys: string[] = [];
      for (let token: string | undefined; ; ) {
        const ask = new ListObjectsV2Command({ Bucket, Prefix, ...(token && { ContinuationToken: token }) });
        const { Contents = [], NextContinuationToken } = await client.send(ask);
        keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
        token = NextContinuationToken;
        if (!token) return keys;
      }
    },
  };
}

/** The key is taken, or another writer is at it this very moment. */
function isTaken(error: unknown): boolean {
  return error instanceof S3ServiceException && [409, 412].includes(error.$metadata.httpStatusCode ?? 0);
}

function contentType(key: string): string {
  return key.endsWith(".md") ? "text/markdown; charset=utf-8" : "application/json";
}

/** Path style: the local host has no name of its own for each bucket. */
function evidenceClient(): S3Client {
  return new S3Client({ forcePathStyle: true });
}
