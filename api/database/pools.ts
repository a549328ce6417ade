import pLimit, { type LimitFunction } from "p-limit";
import pg from "pg";
import { connection, type DatabaseTarget } from "./connection.ts";
import type { Scope } from "./scope.ts";
import { isDatabaseDown } from "./sqlstate.ts";

export interface PoolsOptions {
  /** Default part_lens_api. */
  readonly user?: string;
  /** Connections to one database. */
  readonly max: number;
  /** Connections of the whole process. Default 40. */
  readonly total?: number;
  /** An idle connection is closed after this time. Default 30 s. */
  readonly idleMilliseconds?: number;
  /** The database gives up on a statement after this time. Default: it does not. */
  readonly statementMilliseconds?: number;
}

export interface Pools {
  /**
   * Calls `part_lens.<name>(scope, payload)` in one round trip and returns its result.
   * Throws DatabaseUnavailableError; else what PostgreSQL raised, see sqlstate.ts.
   */
  call(target: DatabaseTarget, name: string, scope: Scope, payload: object): Promise<unknown>;
  /** One prepared statement; `name` names it on the connection. Throws as `call` does. */
  query<Row extends pg.QueryResultRow>(
    target: DatabaseTarget,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]>;
  /** Open connections of the process. */
  open(): number;
  end(): Promise<void>;
}

/** The database is down, full or out of reach: 503, not an error of the version that asked. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";
}

interface Entry {
  readonly pool: pg.Pool;
  /** Lets as many in as the pool has connections: nobody waits inside the pool. */
  readonly atOnce: LimitFunction;
  /** Requests that have, or are about to have, a connection. */
  busy: number;
  /** Connections about to be closed for others. */
  closing: number;
}

interface TimedClient extends pg.PoolClient {
  usedAt?: number;
}

const defaults = { user: "part_lens_api", total: 40, idleMilliseconds: 30_000, closeMilliseconds: 500 };
const identifier = /^[a-z][a-z0-9_]*$/;
const keyOf = ({ host, port, database }: DatabaseTarget) => `${host}:${port}/${database}`;

class BoundedPools implements Pools {
  readonly #options: PoolsOptions & typeof defaults;
  readonly #atOnce: LimitFunction;
  /** In the order of their last use, the longest ago first. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: PoolsOptions) {
    this.#options = { ...defaults, ...options };
    this.#atOnce = pLimit(this.#options.total);
  }

  async call(target: DatabaseTarget, name: string, scope: Scope, payload: object): Promise<unknown> {
    if (!identifier.test(name)) throw new RangeError(`"${name}" is no name of a function`);
    const text = `select part_lens.${name}($1::jsonb, $2::jsonb) as result`;
    const values = [JSON.stringify(scope), JSON.stringify(payload)];
    const rows = await this.query<{ result: unknown }>(target, name, text, values);
    return rows[0]?.result;
  }

  query<Row extends pg.QueryResultRow>(
    target: DatabaseTarget,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const entry = this.#entryOf(target);
    const task = () =>
      this.#onConnection(entry, (client) => run<Row>(client, { name, text, values: [...values] }));
    return entry
      .atOnce(() => this.#atOnce(task))
      .catch((error: unknown) => {
        if (!isDatabaseDown(error)) throw error;
        const problem = `${keyOf(target)} is not available: ${(error as Error).message}`;
        throw new DatabaseUnavailableError(problem, { cause: error });
      });
  }

  async #onConnection<Result>(entry: Entry, task: (client: TimedClient) => Promise<Result>): Promise<Result> {
    entry.busy++;
    try {
      await this.#makeRoom();
      return await task(await this.#liveClient(entry.pool));
    } finally {
      entry.busy--;
    }
  }

  /**
   * A connection that was idle for too long is not trusted: a frozen function's timers stand still, and its socket
   * may be dead. It is exchanged before the first statement; after one, nothing is ever tried twice.
   */
  async #liveClient(pool: pg.Pool): Promise<TimedClient> {
    for (;;) {
      const client: TimedClient = await pool.connect();
      const idle = Date.now() - (client.usedAt ?? Date.now());
      if (idle <= this.#options.idleMilliseconds) return client;
      client.release(true);
    }
  }

  #entryOf(target: DatabaseTarget): Entry {
    const key = keyOf(target);
    const entry = this.#entries.get(key) ?? this.#newEntry(key, target);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  #newEntry(key: string, target: DatabaseTarget): Entry {
    const { user, max, idleMilliseconds, statementMilliseconds } = this.#options;
    const pool = new pg.Pool({
      ...connection(target, user),
      max,
      idleTimeoutMillis: idleMilliseconds,
      allowExitOnIdle: true,
      ...(statementMilliseconds !== undefined && { statement_timeout: statementMilliseconds }),
    });
    // A connection that breaks tells its query, or is taken out by the pool; without listeners it ends the process.
    pool.on("error", () => {});
    pool.on("connect", (client) => client.on("error", () => {}));
    const entry = { pool, atOnce: pLimit(max), busy: 0, closing: 0 };
    pool.on("remove", () => this.#forget(key, entry));
    return entry;
  }

  /** A pool without connections that nobody waits for is made anew when it is wanted: there may be many tenants. */
  #forget(key: string, entry: Entry): void {
    const { pool, atOnce } = entry;
    const isUsed = pool.totalCount + atOnce.activeCount + atOnce.pendingCount > 0;
    // A late call of one forgotten before must not take its successor's connections out of the count.
    if (!isUsed && this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  open(): number {
    return [...this.#entries.values()].reduce((sum, { pool }) => sum + pool.totalCount, 0);
  }

  /** Connections there are and will be, once everybody busy has one. */
  #expected(): number {
    return [...this.#entries.values()].reduce(
      (sum, { pool, busy, closing }) => sum + Math.max(pool.totalCount - closing, busy),
      0,
    );
  }

  /**
   * Closes idle connections, of the database unused for longest first, until there is room for everybody who is
   * busy. There always is one to close: no more are busy at once than there may be connections.
   */
  async #makeRoom(): Promise<void> {
    const closed: Promise<void>[] = [];
    while (this.#expected() > this.#options.total) {
      const spare = [...this.#entries.values()].find(
        ({ pool, busy, closing }) => pool.totalCount - closing > busy,
      );
      if (!spare) break;
      closed.push(closeIdle(spare));
    }
    await Promise.all(closed);
  }

  async end(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ pool }) => pool.end()));
  }
}

async function closeIdle(entry: Entry): Promise<void> {
  let gone: Promise<void> | undefined;
  entry.closing++;
  try {
    const client = await entry.pool.connect();
    gone = goneFromServer(client);
    client.release(true);
  } catch {
    // It could not be taken: then it is gone, which is what was wanted.
  } finally {
    entry.closing--;
  }
  await gone;
}

/** The server counts a connection until its process has ended. One that is out of reach is not waited for. */
function goneFromServer(client: pg.PoolClient): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, defaults.closeMilliseconds);
    client.once("end", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function run<Row extends pg.QueryResultRow>(
  client: TimedClient,
  query: pg.QueryConfig,
): Promise<Row[]> {
  let broken = false;
  try {
    return (await client.query<Row>(query)).rows;
  } catch (error) {
    broken = isDatabaseDown(error);
    throw error;
  } finally {
    client.usedAt = Date.now();
    client.release(broken);
  }
}

/** Small pools, one a database, bounded together for the whole process. */
export function createPools(options: PoolsOptions): Pools {
  return new BoundedPools(options);
}
