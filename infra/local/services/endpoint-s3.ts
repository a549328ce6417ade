import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  type SignedRequest,
  xml,
  xmlAnswer,
} from "./endpoint-protocol.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";
import type { Session, SessionService } from "./session-service.ts";

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const mostKeys = 1000;
/** Query parameters that do not name an operation of their own. */
const plain =
  /^(x-amz-|x-id$|list-type$|prefix$|max-keys$|delimiter$|continuation-token$|start-after$|versionId$|encoding-type$|fetch-owner$|response-)/i;

/** An upload into a locked bucket says one of these. Source: S3's API reference, PutObject. */
const integrity = /^(content-md5|x-amz-checksum-.+|x-amz-sdk-checksum-algorithm)$/;

interface Target {
  readonly bucket: string;
  readonly key: string;
}
type Operation = (request: SignedRequest, target: Target) => Promise<EndpointAnswer>;

/** What IAM calls each operation; on a version of its own, with "Version" at the end. */
const actions: Readonly<Record<string, string>> = {
  PUT: "s3:PutObject",
  GET: "s3:GetObject",
  HEAD: "s3:GetObject",
  DELETE: "s3:DeleteObject",
};

/**
 * S3's REST protocol, path style: put, get, head, delete an object and list a bucket. Every request needs the policies
 * of its role: they are the second storage guard, by the session's tag `yacht_id`. Source: domain.md, "Storage".
 * Bucket policies are not evaluated.
 */
export class S3Endpoint implements EndpointProtocol {
  readonly service = "s3";
  readonly #objects: ObjectStore;
  readonly #sessions: SessionService;

  constructor(objects: ObjectStore, sessions: SessionService) {
    this.#objects = objects;
    this.#sessions = sessions;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const target = targetOf(request.path);
    const operation = this.#operationOf(request, target);
    this.#guard(request, target);
    return operation(request, target).catch((error) => {
      throw this.#hidden(request.session, target, error);
    });
  }

  /** Refuses what the policies of the session's role do not allow. */
  #guard(request: SignedRequest, { bucket, key }: Target): void {
    const version = queryOf(request, "versionId") && "Version";
    const action = key ? `${actions[request.method]}${version}` : "s3:ListBucket";
    const resource = `arn:aws:s3:::${bucket}${key && `/${key}`}`;
    const prefix = queryOf(request, "prefix");
    const context: Record<string, string> = key || prefix === "" ? {} : { "s3:prefix": prefix };
    if (this.#sessions.allows(request.session, { action, resource, context })) return;
    throw new AwsError("AccessDenied", `these credentials do not allow ${action} on ${resource}`, 403);
  }

  /** Who may not list a bucket is not told that an object is absent. Source: S3's API reference, GetObject. */
  #hidden(session: Session, { bucket }: Target, error: unknown): unknown {
    if (!(error instanceof AwsError) || error.code !== "NoSuchKey") return error;
    const listing = { action: "s3:ListBucket", resource: `arn:aws:s3:::${bucket}` };
    return this.#sessions.allows(session, listing) ? error : new AwsError("AccessDenied", "no access", 403);
  }

  refuse(error: AwsError, requestId: string): EndpointAnswer {
    const detail = [xml("Code", error.code), xml("Message", error.message), xml("RequestId", requestId)];
    return xmlAnswer(error.status, xml("Error", detail));
  }

  #operationOf(request: SignedRequest, { bucket, key }: Target): Operation {
    const special = Object.keys(request.query).find((name) => !plain.test(name));
    const table: Readonly<Record<string, Operation>> = key
      ? { PUT: this.#put, GET: this.#get, HEAD: this.#head, DELETE: this.#delete }
      : { GET: this.#list };
    const operation = bucket && !special && !request.headers["x-amz-copy-source"] && table[request.method];
    if (operation) return operation;
    const what = `${request.method} ${request.path}${special ? `?${special}` : ""}`;
    throw new AwsError("NotImplemented", `S3 operation ${what} is not simulated`, 501);
  }

  #put: Operation = async (request, { bucket, key }) => {
    const { headers } = request;
    // A length is what bounds an upload: a body without one is refused, as S3 does.
    if (headers["content-length"] === undefined)
      throw new AwsError("MissingContentLength", "you must provide the Content-Length header", 411);
    const condition = headers["if-none-match"];
    if (condition !== undefined && condition !== "*")
      throw new AwsError("NotImplemented", "If-None-Match takes only *", 501);
    if (this.#objects.retentionOf(bucket) && !Object.keys(headers).some((name) => integrity.test(name)))
      throw new AwsError(
        "InvalidRequest",
        "Content-MD5 or x-amz-checksum-… is required with object lock",
        400,
      );
    const stored = await this.#objects.put(bucket, key, request.body, {
      contentType: headers["content-type"],
      metadata: metadataOf(headers),
      ifNoneMatch: condition === "*",
    });
    return { status: 200, headers: { etag: `"${stored.etag}"`, ...versionOf(stored) }, body: "" };
  };

  #get: Operation = async (request, { bucket, key }) => {
    const { object, body } = await this.#objects.get(bucket, key, versionIn(request));
    return { status: 200, headers: headersOf(object), body };
  };

  #head: Operation = async (request, { bucket, key }) => {
    const object = await this.#objects.head(bucket, key, versionIn(request));
    return { status: 200, headers: headersOf(object), body: "" };
  };

  #delete: Operation = async (request, { bucket, key }) => {
    const versionId = versionIn(request);
    if (versionId !== undefined) return this.#objects.deleteVersion(bucket, key, versionId);
    await this.#objects.delete(bucket, key);
    return { status: 204, headers: {}, body: "" };
  };

  #list: Operation = async (request, { bucket }) => {
    if (queryOf(request, "list-type") !== "2" || queryOf(request, "delimiter"))
      throw new AwsError("NotImplemented", "only ListObjectsV2 without a delimiter is simulated", 501);
    const prefix = queryOf(request, "prefix");
    const most = Math.min(Number(queryOf(request, "max-keys") || mostKeys), mostKeys);
    const after = queryOf(request, "continuation-token") || queryOf(request, "start-after");
    const left = (await this.#objects.list(bucket, prefix)).filter(({ key }) => key > after);
    return xmlAnswer(
      200,
      listing({ bucket, prefix, most, shown: left.slice(0, most), more: left.length > most }),
    );
  };
}

interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  readonly most: number;
  readonly shown: readonly StoredObject[];
  readonly more: boolean;
}

function listing({ bucket, prefix, most, shown, more }: Listing): string {
  const contents = shown.map((object) =>
    xml("Contents", [
      xml("Key", object.key),
      xml("LastModified", object.modifiedAt),
      xml("ETag", `"${object.etag}"`),
      xml("Size", object.size),
      xml("StorageClass", "STANDARD"),
    ]),
  );
  return xml(`ListBucketResult ${namespace}`, [
    xml("Name", bucket),
    xml("Prefix", prefix),
    xml("KeyCount", shown.length),
    xml("MaxKeys", most),
    xml("IsTruncated", String(more)),
    ...(more ? [xml("NextContinuationToken", shown.at(-1)?.key ?? "")] : []),
    ...contents,
  ]);
}

function targetOf(path: string): Target {
  const [, bucket = "", ...rest] = path.split("/");
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join("/")) };
  } catch {
    throw new AwsError("InvalidURI", "the path is not well encoded", 400);
  }
}

function queryOf(request: SignedRequest, name: string): string {
  return [request.query[name]].flat()[0] ?? "";
}

function versionIn(request: SignedRequest): string | undefined {
  return queryOf(request, "versionId") || undefined;
}

function versionOf({ versionId }: StoredObject): Record<string, string> {
  return versionId === undefined ? {} : { "x-amz-version-id": versionId };
}

function lockOf({ lockMode, retainUntil }: StoredObject): Record<string, string> {
  if (lockMode === undefined || retainUntil === undefined) return {};
  return { "x-amz-object-lock-mode": lockMode, "x-amz-object-lock-retain-until-date": retainUntil };
}

const metaPrefix = "x-amz-meta-";

function metadataOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith(metaPrefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(metaPrefix.length), value]));
}

function headersOf(object: StoredObject): Record<string, string> {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [metaPrefix + name, value]);
  return {
    ...Object.fromEntries(metadata),
    "content-type": object.contentType,
    "content-length": String(object.size),
    "last-modified": new Date(object.modifiedAt).toUTCString(),
    etag: `"${object.etag}"`,
    ...versionOf(object),
    ...lockOf(object),
  };
}
