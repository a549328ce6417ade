import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { StoragePlace } from "./jobs-env.ts";

export interface ListedObject {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** What the session of one yacht can try in S3. Each throws what S3 answers, see `isRefusal`. */
export interface YachtSession {
  get(bucket: string, key: string): Promise<void>;
  /** An empty object, and never over another one. */
  put(bucket: string, key: string): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  list(bucket: string, prefix: string): Promise<ListedObject[]>;
}

/** Takes the session role with the yacht's tag. Throws what STS answers. */
export type SessionOf = (yachtId: string) => Promise<YachtSession>;

const sessionSeconds = 900;
const timeouts = { connectionTimeout: 1000, requestTimeout: 4000 };

export function yachtSessions({ sessionRole, region, endpoint }: StoragePlace): SessionOf {
  const common = { region, maxAttempts: 2, ...(endpoint && { endpoint }) };
  const sts = new STSClient({ ...common, requestHandler: timeouts });
  return async (yachtId) => {
    const { Credentials: taken } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: sessionRole,
        RoleSessionName: `job-${yachtId}`,
        DurationSeconds: sessionSeconds,
        Tags: [{ Key: "yacht_id", Value: yachtId }],
      }),
    );
    if (!taken?.AccessKeyId || !taken.SecretAccessKey || !taken.SessionToken)
      throw new Error("STS gave a session without credentials");
    const client = new S3Client({
      ...common,
      requestHandler: sts.config.requestHandler,
      // The local endpoint has no host per bucket.
      forcePathStyle: endpoint !== undefined,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      credentials: {
        accessKeyId: taken.AccessKeyId,
        secretAccessKey: taken.SecretAccessKey,
        sessionToken: taken.SessionToken,
      },
    });
    return sessionOf(client);
  };
}

function sessionOf(client: S3Client): YachtSession {
  return {
    get: async (Bucket, Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      await Body?.transformToByteArray();
    },
    put: async (Bucket, Key) => {
      const input = { Bucket, Key, Body: new Uint8Array(), ContentLength: 0, IfNoneMatch: "*" };
      await client.send(new PutObjectCommand(input));
    },
    remove: async (Bucket, Key) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    list: async (Bucket, Prefix) => {
      const found: ListedObject[] = [];
      for (let token: string | undefined, more = true; more; ) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket, Prefix, ...(token && { ContinuationToken: token }) }),
        );
        for (const { Key: key = "", LastModified } of page.Contents ?? [])
          found.push({ key, modifiedAt: LastModified?.getTime() ?? 0 });
        token = page.NextContinuationToken;
        more = token !== undefined;
      }
      return found;
    },
  };
}

/** S3 said that these credentials may not: the one good answer to a probe. */
export function isRefusal(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
}

/** S3 answered, if not with a refusal: it looked for the object before it asked for the policy, or instead. */
export function isAnswer(error: unknown): boolean {
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  return status !== undefined && status < 500;
}
