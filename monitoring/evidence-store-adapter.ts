import {
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { EvidenceStore } from "./readiness/archive.ts";

/** There is an object of that key. Source: S3, "Conditional writes". */
const taken = 412;

/** Evidence in a bucket that is versioned and object-locked: nothing in it is written twice or taken away. */
export function evidenceBucket(bucket: string, client: S3Client = evidenceClient()): EvidenceStore {
  return {
    async create(key, content) {
      const object = { Bucket: bucket, Key: key, Body: content, IfNoneMatch: "*" };
      try {
        await client.send(
          new PutObjectCommand({ ...object, ContentType: typeOf(key), ChecksumAlgorithm: "SHA256" }),
        );
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === taken) return false;
        throw error;
      }
    },
    async read(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!Body) throw new Error(`${bucket}/${key} has no content`);
      return Body.transformToByteArray();
    },
    async names(prefix) {
      const names: string[] = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }))
        names.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      return names;
    },
  };
}

/** With the credentials at hand, or those of a profile. Another endpoint than AWS's has no name of its own for each bucket. */
export function evidenceClient(profile?: string): S3Client {
  const forcePathStyle = process.env.AWS_ENDPOINT_URL !== undefined;
  return new S3Client({ forcePathStyle, ...(profile && { profile }) });
}

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  json: "application/json",
  jsonl: "application/x-ndjson",
  md: "text/markdown; charset=utf-8",
  pem: "application/x-pem-file",
};

function typeOf(key: string): string {
  return types[key.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}
