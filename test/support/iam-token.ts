import { AwsError } from "../../infra/local/services/aws-error.ts";
import type { SessionService } from "../../infra/local/services/session-service.ts";
import { checkSignature } from "../../infra/local/services/signature-check.ts";

/** The cluster that a token must be for. */
export interface TokenPlace {
  readonly sessions: Pick<SessionService, "find" | "allows">;
  readonly region: string;
  readonly accountId: string;
  /** Such as `cluster-ABC`: what policies name the cluster by. */
  readonly clusterResourceId: string;
  /** `name:port`, as clients know the cluster. */
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const longestSeconds = 900;

/**
 * Whether a token of IAM lets that user in: it is a request to `connect`, presigned for this host and this user not
 * longer ago than 15 minutes, with the key of a session whose role's policies allow it. Throws AwsError, saying why not.
 * Source: AWS, "IAM database authentication for MariaDB, MySQL, and PostgreSQL".
 */
export async function checkToken(token: string, user: string, place: TokenPlace): Promise<void> {
  const [host, search] = token.split("/?", 2);
  if (!host || search === undefined) throw new AwsError("InvalidToken", "this is no token of IAM", 403);
  const query = Object.fromEntries(new URLSearchParams(search));
  // The host is signed: it is taken from the cluster, and what the token says of it is worth nothing.
  const request = { method: "GET", path: "/", query, headers: { host: place.host }, body: new Uint8Array() };
  const { session, service } = await checkSignature(request, {
    region: place.region,
    find: (accessKeyId) => place.sessions.find(accessKeyId),
    now: place.now,
  });
  if (service !== "rds-db") throw new AwsError("InvalidToken", `the token is signed for ${service}`, 403);
  if (query.Action !== "connect" || query.DBUser !== user)
    throw new AwsError("InvalidToken", `the token is to ${query.Action} as ${query.DBUser}`, 403);
  if (Number(query["X-Amz-Expires"]) > longestSeconds)
    throw new AwsError("InvalidToken", "a token is good for 15 minutes at most", 403);
  const users = `arn:aws:rds-db:${place.region}:${place.accountId}:dbuser`;
  const resource = `${users}:${place.clusterResourceId}/${user}`;
  if (!place.sessions.allows(session, { action: "rds-db:connect", resource }))
    throw new AwsError("AccessDenied", `${session.role} may not rds-db:connect on ${resource}`, 403);
}
