import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  type SignedRequest,
  xml,
  xmlAnswer,
} from "./endpoint-protocol.ts";
import type { ObjectStore, StoredObject } from "./object-store.ts";
import type { Session } from "./session-service.ts";

const namespace = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const mostKeys = 1000;
/** Query parameters that do not name an operation of their own. */
const plain =
  /^(x-amz-|x-id$|list-type$|prefix$|max-keys$|delimiter$|continuation-token$|start-after$|encoding-type$|fetch-owner$|response-)/i;

interface Target {
  readonly bucket: string;
  readonly key: string;
}
type Operation = (request: SignedRequest, target: Target) => Promise<EndpointAnswer>;

/**
 * S3's REST protocol, path style: put, get, head, delete an object and list a bucket. The second storage guard:
 * a session tagged with `yacht_id` reaches that yacht's prefix only, any other function none at all.
 * Source: domain.md, "Storage".
 */
export class S3Endpoint implements EndpointProtocol {
  readonly service = "s3";
  readonly #objects: ObjectStore;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const target = targetOf(request.path);
    const operation = this.#operationOf(request, target);
    guard(request.session, target.key || queryOf(request, "prefix"));
    return operation(request, target);
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
    const stored = await this.#objects.put(bucket, key, request.body, {
      contentType: headers["content-type"],
      metadata: metadataOf(headers),
      ifNoneMatch: condition === "*",
    });
    return { status: 200, headers: { etag: `"${stored.etag}"` }, body: "" };
  };

  #get: Operation = async (_, { bucket, key }) => {
    const { object, body } = await this.#objects.get(bucket, key);
    return { status: 200, headers: headersOf(object), body };
  };

  #head: Operation = async (_, { bucket, key }) => {
    return { status: 200, headers: headersOf(await this.#objects.head(bucket, key)), body: "" };
  };

  #delete: Operation = async (_, { bucket, key }) => {
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

/** `${aws:PrincipalTag/yacht_id}/*` is all that the signing role's policy reaches. */
function guard(session: Session, keyOrPrefix: string): void {
  if (session.role === undefined) return;
  const yacht = session.tags.yacht_id;
  if (yacht && keyOrPrefix.startsWith(`${yacht}/`)) return;
  throw new AwsError("AccessDenied", "these credentials do not reach that key", 403);
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
  };
}
