import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { BucketName } from "./buckets.ts";
import { headBytes } from "./media-type.ts";
import type { FoundObject, ObjectContent, ObjectPlace, ObjectStore } from "./object-store.ts";
import { isAbsent, sessionFailure, storeFailure } from "./store-failure.ts";
import type { ClientOf } from "./yacht-sessions.ts";

export interface S3ObjectStoreOptions {
  /** The physical name of each bucket. */
  readonly buckets: Readonly<Record<BucketName, string>>;
  readonly clientOf: ClientOf;
}

/** How long a signed URL works; the sweep waits longer, and a session has more left when it signs. */
const urlSeconds = 900;
const checksumHeader = "x-amz-checksum-sha256";

/** The objects in S3, each yacht's reached with a session of its own. */
export function createS3ObjectStore({ buckets, clientOf }: S3ObjectStoreOptions): ObjectStore {
  const at = ({ bucket, key }: ObjectPlace) => ({ Bucket: buckets[bucket], Key: key });

  async function reached<T>(yachtId: string, call: (client: S3Client) => Promise<T>): Promise<T> {
    const client = await clientOf(yachtId).catch((error) => {
      throw sessionFailure(error);
    });
    try {
      return await call(client);
    } catch (error) {
      throw storeFailure(error);
    }
  }

  return {
    signUpload: (yachtId, content) =>
      reached(yachtId, async (client) => {
        const headers = uploadHeaders(content);
        const url = await getSignedUrl(
          client,
          new PutObjectCommand({ ...at(content), ...putInput(content) }),
          {
            expiresIn: urlSeconds,
            signableHeaders: new Set(["host", ...Object.keys(headers)]),
            // S3 takes it from the query as well, but there a client that never hashed its file would not notice.
            unhoistableHeaders: new Set([checksumHeader]),
          },
        );
        return { url, method: "PUT" as const, headers, expires_at: expiry() };
      }),

    signDownload: (yachtId, place) =>
      reached(yachtId, async (client) => {
        const url = await getSignedUrl(client, new GetObjectCommand(at(place)), { expiresIn: urlSeconds });
        return { url, expires_at: expiry() };
      }),

    find: (yachtId, place, expectedSize) =>
      reached(yachtId, async (client) => {
        const found = await client
          .send(new GetObjectCommand({ ...at(place), ChecksumMode: "ENABLED" }))
          .catch(async (error) => {
            if (await isAbsent(error, () => isListed(client, at(place)))) return undefined;
            throw error;
          });
        return found && described(found, expectedSize);
      }),

    put: (yachtId, content, bytes) =>
      reached(yachtId, async (client) => {
        await client.send(new PutObjectCommand({ ...at(content), ...putInput(content), Body: bytes }));
      }),

    remove: (yachtId, place) =>
      reached(yachtId, async (client) => {
        await client.send(new DeleteObjectCommand(at(place)));
      }),
  };
}

const base64 = (hex: string) => Buffer.from(hex, "hex").toString("base64");
const expiry = () => new Date(Date.now() + urlSeconds * 1000).toISOString();

function putInput({ size, mimeType, sha256 }: ObjectContent) {
  return {
    ContentLength: size,
    ContentType: mimeType,
    ChecksumSHA256: base64(sha256),
    IfNoneMatch: "*",
  };
}

/** What the uploader sends: the same as is signed. */
function uploadHeaders({ size, mimeType, sha256 }: ObjectContent) {
  return {
    "content-length": String(size),
    "content-type": mimeType,
    [checksumHeader]: base64(sha256),
    "if-none-match": "*",
  };
}

async function isListed(
  client: S3Client,
  { Bucket, Key }: { Bucket: string; Key: string },
): Promise<boolean> {
  const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1 }));
  return listed.Contents?.[0]?.Key === Key;
}

/** Size and type as the store tells them. The hash too, where it has one that it checked at the upload. */
async function described(found: GetObjectCommandOutput, expectedSize: number): Promise<FoundObject> {
  const stream = found.Body as Readable;
  const told = { size: found.ContentLength ?? 0, mimeType: found.ContentType ?? "" };
  try {
    if (told.size !== expectedSize) return told;
    const checked = found.ChecksumSHA256;
    return { ...told, ...(await read(stream, checked && Buffer.from(checked, "base64").toString("hex"))) };
  } finally {
    stream.destroy();
  }
}

/** The head and the hash of the bytes; only the head when the hash is known. */
async function read(stream: Readable, known: string | undefined) {
  const hash = createHash("sha256");
  let head = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
    if (known && head.length === headBytes) break;
    hash.update(chunk);
  }
  return { head, sha256: known ?? hash.digest("hex") };
}
