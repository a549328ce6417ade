/**
 * What RDS puts before PostgreSQL, in front of a real server of this machine: TLS or nothing; a member of `rds_iam`
 * signs in by a token of IAM and by no password; anybody else by the server's own rules. A session that was let in
 * is the real server's from then on.
 * Source: AWS, "Connecting to your DB cluster using IAM authentication": a member of rds_iam, the master user among
 * them, must sign in by IAM; the token is sent as a password in clear, inside TLS.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import pg from "pg";
import { localAccount } from "../../infra/local/services/arn.ts";
import type { PostgresServer } from "../../infra/local/services/postgres-server.ts";
import type { SessionService } from "../../infra/local/services/session-service.ts";
import type { Certificate } from "./certificate.ts";
import { checkToken } from "./iam-token.ts";
import {
  authentication,
  authenticationMessage,
  type Message,
  readMessage,
  readPacket,
  refusal,
  startCodes,
  startupParameters,
} from "./postgres-messages.ts";
import { signIn } from "./scram.ts";

export interface RdsEndpointOptions {
  readonly server: PostgresServer;
  readonly sessions: Pick<SessionService, "find" | "allows">;
  readonly region: string;
  readonly clusterResourceId: string;
  /** The name that clients connect to and sign for; it leads to this machine. */
  readonly hostname: string;
  readonly certificate: Certificate;
  /** Milliseconds since the epoch; default real time. */
  readonly now?: () => number;
}

/** Class 28: PostgreSQL's refusals of a sign-in. */
const invalidAuthorization = "28000";

class Refused extends Error {
  override readonly name = "Refused";
}

/** The endpoint of one cluster, on a free port of 127.0.0.1. */
export class RdsEndpoint {
  /** Why sign-ins were refused, in order: clients are not told. */
  readonly refusals: string[] = [];
  /** The users that a token has let in, in order. */
  readonly admitted: string[] = [];
  readonly #options: RdsEndpointOptions;
  readonly #listener: Server;
  readonly #secureContext: SecureContext;
  readonly #superuser: pg.Client;
  readonly #open = new Set<Duplex>();

  private constructor(options: RdsEndpointOptions, superuser: pg.Client) {
    this.#options = options;
    this.#superuser = superuser;
    this.#secureContext = createSecureContext(options.certificate);
    this.#listener = createServer((socket) => this.#begin(socket));
  }

  static async start(options: RdsEndpointOptions): Promise<RdsEndpoint> {
    const superuser = new pg.Client(options.server.superuser());
    await superuser.connect();
    const endpoint = new RdsEndpoint(options, superuser);
    endpoint.#listener.listen(0, "127.0.0.1");
    await once(endpoint.#listener, "listening");
    return endpoint;
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#listener.close();
    await this.#superuser.end();
  }

  #begin(socket: Socket): void {
    this.#keep(socket);
    this.#session(socket).catch((error: Error) => {
      this.refusals.push(error.message);
      socket.destroy();
    });
  }

  #keep(socket: Duplex): void {
    this.#open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#open.delete(socket));
  }

  async #session(socket: Socket): Promise<void> {
    const first = await readPacket(socket);
    if (first.body.readInt32BE(0) !== startCodes.tls) return this.#refuse(socket, first, "no encryption");
    socket.write("S");
    const client = new TLSSocket(socket, { isServer: true, secureContext: this.#secureContext });
    this.#keep(client);
    const startup = await readPacket(client);
    const { host, port } = this.#options.server;
    const server = connect({ host, port });
    this.#keep(server);
    try {
      await this.#authenticate(client, server, startup);
    } catch (error) {
      server.destroy();
      if (!(error instanceof Refused)) throw error;
      return this.#refuse(client, startup, error.message);
    }
    server.pipe(client);
    client.pipe(server);
    client.once("close", () => server.destroy());
  }

  /** Leaves the client signed in at the server, or about to be asked by the server itself. */
  async #authenticate(client: Duplex, server: Socket, startup: Omit<Message, "type">): Promise<void> {
    const user = startupParameters(startup).get("user") ?? "";
    if (!(await this.#isIamUser(user))) {
      server.write(startup.bytes);
      return;
    }
    client.write(authenticationMessage(authentication.cleartext));
    const { body } = await readMessage(client);
    await this.#check(body.subarray(0, -1).toString(), user);
    const { password } = this.#options.server.login(user);
    await signIn(server, startup.bytes, password);
    client.write(authenticationMessage(authentication.ok));
  }

  async #check(token: string, user: string): Promise<void> {
    const { hostname, now = Date.now } = this.#options;
    const place = { ...this.#options, accountId: localAccount, host: `${hostname}:${this.port}`, now };
    try {
      await checkToken(token, user, place);
    } catch (error) {
      throw new Refused((error as Error).message);
    }
    this.admitted.push(user);
  }

  /** As `+rds_iam` of pg_hba.conf has it: a member by whatever way, one that may only hand it out among them. */
  async #isIamUser(user: string): Promise<boolean> {
    const { rows } = await this.#superuser.query(
      "select pg_has_role(oid, 'rds_iam', 'member') and not rolsuper as member from pg_roles where rolname = $1",
      [user],
    );
    return rows[0]?.member ?? false;
  }

  /** In PostgreSQL's words, which do not say why. */
  #refuse(client: Duplex, startup: Omit<Message, "type">, why: string): void {
    this.refusals.push(why);
    const user = startupParameters(startup).get("user");
    const plain = `no pg_hba.conf entry for host "127.0.0.1", user "${user}", no encryption`;
    const encrypted = client instanceof TLSSocket;
    const text = encrypted ? `PAM authentication failed for user "${user}"` : plain;
    client.end(refusal(invalidAuthorization, text));
  }
}
