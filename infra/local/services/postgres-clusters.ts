import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type PostgresOptions, PostgresServer } from "./postgres-server.ts";

export interface PostgresClustersOptions extends Omit<PostgresOptions, "directory" | "maxConnections"> {
  /** Holds a folder for each cluster. */
  readonly directory: string;
}

/** The servers that stand for the database clusters of a stack, one each, by cluster identifier. */
export class PostgresClusters {
  readonly #options: PostgresClustersOptions;
  readonly #servers = new Map<string, PostgresServer>();

  constructor(options: PostgresClustersOptions) {
    this.#options = options;
  }

  get passwords(): PostgresOptions["passwords"] {
    return this.#options.passwords;
  }

  get(identifier: string): PostgresServer | undefined {
    return this.#servers.get(identifier);
  }

  /** The running server of that cluster, started if need be. Throws PostgresServerError. */
  async start(identifier: string, maxConnections?: number): Promise<PostgresServer> {
    const running = this.#servers.get(identifier);
    if (running) return running;
    const directory = join(this.#options.directory, identifier);
    const server = await PostgresServer.start({
      ...this.#options,
      directory,
      ...(maxConnections !== undefined && { maxConnections }),
    });
    this.#servers.set(identifier, server);
    return server;
  }

  /**
   * Starts every cluster that an earlier run has left in the directory; each listens where it did before, unless
   * somebody has taken its port. A stack that finds its clusters "same" would else find nobody there.
   */
  async resume(): Promise<readonly PostgresServer[]> {
    if (!existsSync(this.#options.directory)) return [];
    const identifiers = readdirSync(this.#options.directory).filter((name) =>
      existsSync(join(this.#options.directory, name, "postgres.json")),
    );
    return Promise.all(identifiers.map((identifier) => this.start(identifier)));
  }

  /** Stops that cluster and removes its data. */
  async remove(identifier: string): Promise<void> {
    const server = await this.start(identifier);
    await server.stop();
    server.remove();
    this.#servers.delete(identifier);
    rmSync(join(this.#options.directory, identifier), { recursive: true, force: true });
  }

  /** Stops them all and removes their data. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((identifier) => this.remove(identifier)));
  }

  /** Stops them all; their data stays. */
  async stop(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
    this.#servers.clear();
  }
}
