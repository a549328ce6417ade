import { S3Client } from "@aws-sdk/client-s3";
import { AssumeRoleCommand, type Credentials, STSClient } from "@aws-sdk/client-sts";
import { LRUCache } from "lru-cache";

export interface YachtSessionsOptions {
  /** The role whose policy reaches `${aws:PrincipalTag/yacht_id}/*` only. */
  readonly roleArn: string;
  readonly region: string;
  /** Of all services; undefined: AWS's own. */
  readonly endpoint?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The S3 client of a yacht's session. Throws what the SDK throws. */
export type ClientOf = (yachtId: string) => Promise<S3Client>;

interface Session {
  readonly client: S3Client;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
}

/** A session that a session took lasts an hour at most. Source: AWS STS, "Role chaining". */
const sessionSeconds = 3600;
/** A session is given up this long before it ends: no URL that it signed outlives it. */
const marginSeconds = 1200;
/** Sessions kept at once: some 3 KB each. */
const mostKept = 500;
const timeouts = { connectionTimeout: 1000, requestTimeout: 4000 };

/**
 * Takes the session role with the tag `yacht_id`, once per yacht until shortly before it ends: the second storage
 * guard. The yacht must be the request's, after the membership check. Source: domain.md, "Storage".
 */
export function createYachtSessions(options: YachtSessionsOptions): ClientOf {
  const { region, endpoint, now = Date.now } = options;
  const kept = new LRUCache<string, Promise<Session>>({ max: mostKept });
  const common = { region, maxAttempts: 2, ...(endpoint && { endpoint }) };
  const sts = new STSClient({ ...common, requestHandler: timeouts });

  const clientWith = (session: Credentials) =>
    new S3Client({
      ...common,
      // One set of sockets for all sessions.
      requestHandler: sts.config.requestHandler,
      // The local endpoint has no host per bucket.
      forcePathStyle: endpoint !== undefined,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      credentials: {
        accessKeyId: session.AccessKeyId ?? "",
        secretAccessKey: session.SecretAccessKey ?? "",
        sessionToken: session.SessionToken ?? "",
      },
    });

  async function newSession(yachtId: string): Promise<Session> {
    const { Credentials: session } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: options.roleArn,
        RoleSessionName: `yacht-${yachtId}`,
        DurationSeconds: sessionSeconds,
        Tags: [{ Key: "yacht_id", Value: yachtId }],
      }),
    );
    if (!session?.Expiration) throw new Error("STS gave a session without credentials");
    return { client: clientWith(session), renewAt: session.Expiration.getTime() - marginSeconds * 1000 };
  }

  // Requests that come together share one session; a failure is not kept.
  function take(yachtId: string): Promise<Session> {
    const taken = newSession(yachtId);
    kept.set(yachtId, taken);
    taken.catch(() => kept.get(yachtId) === taken && kept.delete(yachtId));
    return taken;
  }

  return async (yachtId) => {
    const known = kept.get(yachtId) ?? take(yachtId);
    const session = await known;
    if (now() < session.renewAt) return session.client;
    // Whoever noticed first has renewed it.
    const current = kept.get(yachtId);
    return (await (current && current !== known ? current : take(yachtId))).client;
  };
}
