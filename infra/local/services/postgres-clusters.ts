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

  /** Keeps a copy of every running cluster's data; the servers are down for that moment, and come back where they were. */
  async keep(): Promise<void> {
    await this.#whileDown((server) => server.keepData());
  }

  /** Puts the kept copies in the place of the data. Throws where nothing was kept. */
  async restore(): Promise<void> {
    await this.#whileDown((server) => server.restoreData());
  }

  async #whileDown(work: (server: PostgresServer) => Promise<void>): Promise<void> {
    const again = async ([identifier, server]: [string, PostgresServer]) => {
      await server.stop();
      await work(server);
      const directory = join(this.#options.directory, identifier);
      const { maxConnections } = server;
      const options = {
        ...this.#options,
        fresh: false,
        directory,
        ...(maxConnections && { maxConnections }),
      };
      const started = await PostgresServer.start(options);
      if (started.port !== server.port)
        throw new Error(`the port ${server.port} of ${identifier} was taken meanwhile`);
      this.#servers.set(identifier, started);
    };
    await Promise.all([...this.#servers].map(again));
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
