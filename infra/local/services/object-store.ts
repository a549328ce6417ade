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
  /** In a bucket that keeps versions. */
  readonly versionId?: string;
  /** Until then this version stays, and how firmly; only in a bucket with a lock. */
  readonly retainUntil?: string;
  readonly lockMode?: Retention["mode"];
}

/** How long the lock of a bucket holds what is written. */
export interface Retention {
  readonly mode: "GOVERNANCE" | "COMPLIANCE";
  readonly days: number;
}

export interface Found {
  readonly object: StoredObject;
  readonly body: Buffer;
}

interface BucketSettings {
  readonly versioned: boolean;
  readonly retention?: Retention | undefined;
}

export interface PutOptions {
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Only if there is no such key yet (If-None-Match: *). */
  readonly ifNoneMatch?: boolean;
}

const day = 86_400_000;

/**
 * Objects on disk: a folder a bucket, a file an object with its description before the bytes, so that one rename
 * or link makes or replaces it whole. In a bucket that keeps versions, what is overwritten or deleted stays under its version id.
 * Throws AwsError NoSuchBucket, NoSuchKey, NoSuchVersion, PreconditionFailed, AccessDenied for a locked version.
 */
export class ObjectStore {
  readonly #directory: string;
  readonly #settings = new Map<string, BucketSettings>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async createBucket(bucket: string): Promise<void> {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      throw new AwsError("InvalidBucketName", `"${bucket}" is no bucket name`);
    await mkdir(join(this.#directory, bucket), { recursive: true });
  }

  keepVersions(bucket: string): void {
    this.#settings.set(bucket, { ...this.#settings.get(bucket), versioned: true });
  }

  /** What is written from now on is locked that long; undefined: not at all. */
  retain(bucket: string, retention: Retention | undefined): void {
    this.#settings.set(bucket, { versioned: true, retention });
  }

  retentionOf(bucket: string): Retention | undefined {
    return this.#settings.get(bucket)?.retention;
  }

  /** With its objects, as a bucket with forceDestroy. */
  async deleteBucket(bucket: string): Promise<void> {
    this.#settings.delete(bucket);
    await rm(join(this.#directory, bucket), { recursive: true, force: true });
  }

  async put(bucket: string, key: string, body: Uint8Array, options: PutOptions = {}): Promise<StoredObject> {
    const file = this.#file(bucket, key);
    const stored = { ...describe(key, body, options), ...this.#version(bucket) };
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, Buffer.concat([header(stored), body]));
    if (options.ifNoneMatch) await linkOnce(temporary, file);
    else {
      await this.#keep(bucket, key);
      await rename(temporary, file);
    }
    return stored;
  }

  async get(bucket: string, key: string, versionId?: string): Promise<Found> {
    const current = await found(this.#file(bucket, key));
    if (versionId === undefined || current?.object.versionId === versionId) {
      if (current) return current;
      throw new AwsError("NoSuchKey", `no object ${key}`, 404);
    }
    const former = await found(this.#file(bucket, key, versionId));
    if (former) return former;
    throw new AwsError("NoSuchVersion", `no version ${versionId} of ${key}`, 404);
  }

  async head(bucket: string, key: string, versionId?: string): Promise<StoredObject> {
    return (await this.get(bucket, key, versionId)).object;
  }

  /** Deleting what is not there succeeds, as on S3. Versions stay. */
  async delete(bucket: string, key: string): Promise<void> {
    await this.#keep(bucket, key);
    await rm(this.#file(bucket, key), { force: true });
  }

  /** Refuses a version that is locked. Which one is then the current one is not simulated, so no version is ever deleted. */
  async deleteVersion(bucket: string, key: string, versionId: string): Promise<never> {
    const { retainUntil } = await this.head(bucket, key, versionId);
    if (retainUntil !== undefined && Date.parse(retainUntil) > Date.now())
      throw new AwsError("AccessDenied", `the version is locked until ${retainUntil}`, 403);
    throw new AwsError("NotImplemented", "deleting a version is not simulated", 501);
  }

  /** The objects whose key starts with the prefix, in key order. */
  async list(bucket: string, prefix = ""): Promise<readonly StoredObject[]> {
    const directory = this.#bucket(bucket);
    const files = (await readdir(directory)).filter((file) => file.endsWith(".object"));
    const objects = files.map((file) => split(readFileSync(join(directory, file))).object);
    return objects.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #version(bucket: string): Pick<StoredObject, "versionId" | "retainUntil" | "lockMode"> {
    const { versioned, retention } = this.#settings.get(bucket) ?? {};
    if (!versioned) return {};
    const versionId = randomUUID().replaceAll("-", "");
    if (!retention) return { versionId };
    const retainUntil = new Date(Date.now() + retention.days * day).toISOString();
    return { versionId, retainUntil, lockMode: retention.mode };
  }

  /** The current version under its own name too, before another takes its place. */
  async #keep(bucket: string, key: string): Promise<void> {
    const file = this.#file(bucket, key);
    const versionId = (await found(file))?.object.versionId;
    if (versionId !== undefined) await link(file, this.#file(bucket, key, versionId)).catch(ignoreExisting);
  }

  /** Keys become digests: no key can leave the bucket's folder or exceed a file name. */
  #file(bucket: string, key: string, versionId?: string): string {
    const digest = createHash("sha256").update(key).digest("hex");
    const former = versionId === undefined ? undefined : createHash("sha256").update(versionId).digest("hex");
    return join(this.#bucket(bucket), former === undefined ? `${digest}.object` : `${digest}.${former}`);
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

async function found(file: string): Promise<Found | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && split(bytes);
}

function split(bytes: Buffer): Found {
  const end = bytes.indexOf(0x0a);
  const object = JSON.parse(bytes.subarray(0, end).toString()) as StoredObject;
  return { object, body: bytes.subarray(end + 1) };
}

/** Linking fails when the name is taken: of two writers one wins. */
async function linkOnce(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file);
  } catch (error) {
    ignoreExisting(error);
    throw new AwsError("PreconditionFailed", "the key exists already (If-None-Match)", 412);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Throws every error but that the file is there. */
function ignoreExisting(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
}
