import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import pg from "pg";
import { adminRole, type PostgresServer } from "../../infra/local/services/postgres-server.ts";

export interface DataApi {
  /** What AWS_ENDPOINT_URL_RDS_DATA is to be. */
  readonly url: string;
  /** What it ran, in order. */
  readonly statements: readonly string[];
  stop(): void;
}

export interface DataApiOptions {
  readonly server: PostgresServer;
  /** The secret of the admin; no other is taken. */
  readonly secretArn: string;
  /** Who it signs in as. Default: the admin. */
  readonly user?: string;
  /** Who may ask. */
  readonly accessKeyId: string;
}

/** The RDS Data API in front of a real server: runs a statement by the password of the secret. */
export async function startDataApi({
  server,
  secretArn,
  accessKeyId,
  user = adminRole,
}: DataApiOptions): Promise<DataApi> {
  const signature = new RegExp(`^AWS4-HMAC-SHA256 Credential=${accessKeyId}/\\d{8}/eu-west-1/rds-data/`);
  const statements: string[] = [];
  const front = createServer(async (request, response) => {
    const asked = (await json(request)) as { secretArn: string; database: string; sql: string };
    const signed = signature.test(request.headers.authorization ?? "");
    if (request.url !== "/Execute" || asked.secretArn !== secretArn || !signed) {
      response.writeHead(403).end("{}");
      return;
    }
    statements.push(asked.sql);
    const client = new pg.Client(server.login(user, asked.database));
    await client.connect();
    await client.query(asked.sql);
    await client.end();
    response.setHeader("content-type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(front, "listening");
  const url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return { url, statements, stop: () => front.close() };
}
