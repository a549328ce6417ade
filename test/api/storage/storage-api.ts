/** The whole API over a real PostgreSQL and the local S3 and STS, with the trust policy that AWS gets. */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import type { Dependencies } from "../../../api/dependencies.ts";
import { VirtualClock } from "../../../infra/local/clock.ts";
import { LocalAws } from "../../../infra/local/services/local-aws.ts";
import { roleArn } from "../../../infra/local/services/session-service.ts";
import { sessionPolicy, sessionTrust } from "../../../infra/storage/session-role.ts";
import { type Role, type YachtName, yachts } from "../../support/fleet.ts";
import { type Answered, startApi, type TestApi } from "../harness.ts";

export const physical = {
  "pms-part-photos": "part-lens-test-photos",
  "pms-receiving-images": "part-lens-test-images",
  "pms-label-pdfs": "part-lens-test-labels",
} as const;

export type Bucket = keyof typeof physical;
export type Member = readonly [YachtName, Role];

/** What a test registers: fields left out are those of a photo that is right. */
export interface Wanted {
  readonly bucket?: Bucket;
  readonly part_id?: string;
  readonly file_name?: string;
  readonly size_bytes?: number;
  readonly mime_type?: string;
  readonly sha256?: string;
  readonly idempotency_key?: string;
}

export interface Upload {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

export interface StorageApi {
  readonly api: TestApi;
  readonly aws: LocalAws;
  /** Of all of its AWS services. */
  readonly endpoint: string;
  /** A client that reaches everything: guard b does not hold it. */
  readonly administrator: S3Client;
  register(member: Member, photo: Uint8Array, wanted?: Wanted): Promise<Answered>;
  /** Registers, uploads and confirms; gives the object's id and key. Throws when one of them fails. */
  stored(member: Member, photo?: Uint8Array, wanted?: Wanted): Promise<{ id: string; key: string }>;
  confirm(member: Member, id: string): Promise<Answered>;
  view(member: Member, id: string): Promise<Answered>;
  remove(member: Member, id: string): Promise<Answered>;
  list(member: Member, query?: string): Promise<Answered>;
  stop(): Promise<void>;
}

const region = "eu-west-1";
export const apiRole = roleArn("api");
const bucketArns = Object.values(physical).map((name) => `arn:aws:s3:::${name}`);
export const sessionRole = roleArn("session");

/** A file that begins as a PNG and is unlike every other. */
export function png(size = 40): Buffer {
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, Buffer.from(randomUUID()), Buffer.alloc(size)]).subarray(0, Math.max(size, 9));
}

export const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** Another hexadecimal digit. */
export const another = (digit: string) => (digit === "0" ? "1" : "0");
export const uploadOf = (answered: Answered) => answered.body.upload as Upload;

/** Sends a file as the answer of a registration says. */
export async function send(upload: Upload, bytes: Uint8Array, headers: Record<string, string> = {}) {
  const { "content-length": _, ...signed } = upload.headers;
  const body = new Uint8Array(bytes);
  return (await fetch(upload.url, { method: upload.method, headers: { ...signed, ...headers }, body }))
    .status;
}

/** Starts it with v2 on for every yacht. `replaced` goes to the harness. */
export async function startStorageApi(
  replaced: (endpoint: string, aws: LocalAws) => Partial<Dependencies> = () => ({}),
): Promise<StorageApi> {
  const directory = mkdtempSync(join(tmpdir(), "part-lens-storage-"));
  const aws = new LocalAws({ clock: new VirtualClock(0), directory, region, invoke: async () => undefined });
  const endpoint = await aws.start();
  for (const bucket of Object.values(physical)) await aws.objects.createBucket(bucket);
  aws.sessions.putRole({ arn: sessionRole, name: "session", assumeRolePolicy: sessionTrust([apiRole]) });
  aws.sessions.putRolePolicy("session", "session", sessionPolicy(bucketArns, "arn:aws:kms:::key/storage"));
  const credentials = aws.sessions.forRole(apiRole);
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  process.env.AWS_SESSION_TOKEN = credentials.sessionToken ?? "";
  const variables = {
    BUCKETS: JSON.stringify(physical),
    SESSION_ROLE: sessionRole,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
  };
  const api = await startApi(variables, replaced(endpoint, aws));
  api.setFlags({ cohort: ["aurora", "borealis", "calypso"], stage: "full-100" });
  const administrator = new S3Client({
    region,
    endpoint,
    credentials: aws.sessions.administrator,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
  });

  const path = "/v2/storage/objects";
  const of = ([yacht]: Member) => `yacht_id=${yachts[yacht]}`;
  const register: StorageApi["register"] = (member, photo, wanted = {}) =>
    api.ask(path, {
      as: member,
      body: {
        yacht_id: yachts[member[0]],
        bucket: "pms-part-photos",
        part_id: api.postgres.partIds[member[0]]["P-1"],
        file_name: `${randomUUID()}.png`,
        size_bytes: photo.byteLength,
        mime_type: "image/png",
        sha256: hashOf(photo),
        ...wanted,
      },
    });
  const confirm: StorageApi["confirm"] = (member, id) =>
    api.ask(`${path}/${id}/confirm`, { as: member, body: { yacht_id: yachts[member[0]] } });

  return {
    api,
    aws,
    endpoint,
    administrator,
    register,
    confirm,
    async stored(member, photo = png(), wanted = {}) {
      const registered = await register(member, photo, wanted);
      const id = String(registered.body.object_id);
      const sent = await send(uploadOf(registered), photo);
      const confirmed = await confirm(member, id);
      if (sent !== 200 || confirmed.status !== 200) throw new Error(`${sent} ${confirmed.text}`);
      return { id, key: String(registered.body.key) };
    },
    view: (member, id) => api.ask(`${path}/${id}?${of(member)}`, { as: member }),
    remove: (member, id) => api.ask(`${path}/${id}?${of(member)}`, { as: member, method: "DELETE" }),
    list: (member, query = "") => api.ask(`${path}?${of(member)}${query}`, { as: member }),
    async stop() {
      await api.stop();
      await aws.close();
      rmSync(directory, { recursive: true, force: true });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
