import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AwsError } from "./aws-error.ts";

export interface StoredObject {
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
  /** MD5 in hex, as S3's ETag of a plain put. */
  readonly etag: string;
  readonly modifiedAt: string;
  /** x-amz-meta-… headers without their prefix. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PutOptions {
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Only if there is no such key yet (If-None-Match: *). */
  readonly ifNoneMatch?: boolean;
}

/**
 * Objects on disk: a folder a bucket, a file an object with its description before the bytes, so that one rename
 * or link makes or replaces it whole. Throws AwsError NoSuchBucket, NoSuchKey, PreconditionFailed.
 */
export class ObjectStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async createBucket(bucket: string): Promise<void> {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      throw new AwsError("InvalidBucketName", `"${bucket}" is no bucket name`);
    await mkdir(join(this.#directory, bucket), { recursive: true });
  }

  /** With its objects, as a bucket with forceDestroy. */
  async deleteBucket(bucket: string): Promise<void> {
    await rm(join(this.#directory, bucket), { recursive: true, force: true });
  }

  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<StoredObject> {
    const file = this.#file(bucket, key);
    const stored = describe(key, body, options);
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, Buffer.concat([header(stored), body]));
    if (!options.ifNoneMatch) await rename(temporary, file);
    else await linkOnce(temporary, file);
    return stored;
  }

  async get(bucket: string, key: string): Promise<{ readonly object: StoredObject; readonly body: Buffer }> {
    const file = this.#file(bucket, key);
    const bytes = await readFile(file).catch(() => {
      throw new AwsError("NoSuchKey", `no object ${key}`, 404);
    });
    return split(bytes);
  }

  async head(bucket: string, key: string): Promise<StoredObject> {
    return (await this.get(bucket, key)).object;
  }

  /** Deleting what is not there succeeds, as on S3. */
  async delete(bucket: string, key: string): Promise<void> {
    await rm(this.#file(bucket, key), { force: true });
  }

  /** The objects whose key starts with the prefix, in key order. */
  async list(bucket: string, prefix = ""): Promise<readonly StoredObject[]> {
    const directory = this.#bucket(bucket);
    const files = (await readdir(directory)).filter((file) => file.endsWith(".object"));
    const objects = files.map((file) => split(readFileSync(join(directory, file))).object);
    return objects.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Keys become digests: no key can leave the bucket's folder or exceed a file name. */
  #file(bucket: string, key: string): string {
    return join(this.#bucket(bucket), `${createHash("sha256").update(key).digest("hex")}.object`);
  }

  #bucket(bucket: string): string {
    const directory = join(this.#directory, bucket);
    if (!/^[a-z0-9.-]+$/.test(bucket) || !existsSync(directory))
      throw new AwsError("NoSuchBucket", `no bucket ${bucket}`, 404);
    return directory;
  }
}

function describe(key: string, body: Uint8Array, options: PutOptions): StoredObject {
  return {
    key,
    size: body.byteLength,
    contentType: options.contentType ?? "application/octet-stream",
    etag: createHash("md5").update(body).digest("hex"),
    modifiedAt: new Date().toISOString(),
    metadata: options.metadata ?? {},
  };
}

function header(stored: StoredObject): Buffer {
  return Buffer.from(`${JSON.stringify(stored)}\n`);
}

function split(bytes: Buffer): { readonly object: StoredObject; readonly body: Buffer } {
  const end = bytes.indexOf(0x0a);
  const object = JSON.parse(bytes.subarray(0, end).toString()) as StoredObject;
  return { object, body: bytes.subarray(end + 1) };
}

/** Linking fails when the name is taken: of two writers one wins. */
async function linkOnce(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new AwsError("PreconditionFailed", "the key exists already (If-None-Match)", 412);
  } finally {
    await rm(temporary, { force: true });
  }
}
