import { type ChildProcess, spawn } from "node:child_process";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { statementParameters } from "../../database/engine.ts";
import { freePort } from "./free-port.ts";
import { type PostgresBinaries, postgresBinaries } from "./postgres-binaries.ts";
import { PostgresData } from "./postgres-data.ts";

export interface PostgresOptions {
  /** State directory of this server; as root the data itself lives under the system's temporary folder. */
  readonly directory: string;
  /** By role; needs `postgres` (the superuser) and `part_lens_admin`. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Start without the data of earlier runs. Default false. */
  readonly fresh?: boolean;
  readonly maxConnections?: number;
  /** False: a power cut may lose data. For rehearsals and tests. Default true. */
  readonly durable?: boolean;
}

/** What node-postgres needs to connect. */
export interface PostgresLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A program of PostgreSQL failed; the message carries the last lines it wrote. */
export class PostgresServerError extends Error {
  override readonly name = "PostgresServerError";

  constructor(what: string, log: readonly string[]) {
    super([what, ...log.slice(-20)].join("\n"));
  }
}

/** The major version of the npm package, which is Aurora's. */
export const postgresMajor = 17;

/** The admin of a managed cluster: makes databases and roles, and is no superuser. */
export const adminRole = "part_lens_admin";

const loopback = "127.0.0.1";
const startAttempts = 5;
const keptLines = 200;

/**
 * Runs the program so that it ends with this process, even when this one is killed: a watcher in the background
 * reads standard input, which closes at our end, and then asks PostgreSQL for a fast stop.
 */
const withWatcher = `
exec 3<&0
pid=$$
data=$1
shift
( { cat <&3; [ "$(head -n 1 "$data/postmaster.pid")" = "$pid" ] && kill -INT "$pid"; } >/dev/null 2>&1 & )
exec "$@" 3<&- </dev/null`;

const environment = () => ({ PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" });

function keepLog(child: ChildProcess, log: string[]): void {
  const keep = (chunk: Buffer) => {
    log.push(...chunk.toString().split("\n").filter(Boolean));
    log.splice(0, Math.max(0, log.length - keptLines));
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
}

const hostBasedAccess = `host all all ${loopback}/32 scram-sha-256\n`;

function initialise({ bin, user }: PostgresBinaries, data: string, password: string): Promise<void> {
  const log: string[] = [];
  // initdb takes the password from a file only; as another user it cannot open our pipe as one.
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user.uid !== undefined) chownSync(passwordFile, user.uid, user.gid ?? user.uid);
  const options = [
    "-D",
    data,
    "-U",
    "postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "-E",
    "UTF8",
  ];
  const locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const args = [...options, ...locale, "--no-sync", "--no-instructions"];
  const child = spawn(join(bin, "initdb"), args, { ...user, cwd: "/", env: environment() });
  keepLog(child, log);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      rmSync(passwordFile, { force: true });
      if (code !== 0) return reject(new PostgresServerError(`initdb failed (${code})`, log));
      writeFileSync(join(data, "pg_hba.conf"), hostBasedAccess);
      resolve();
    });
  });
}

function settings(options: PostgresOptions, port: number): string[] {
  const durability = options.durable === false ? { fsync: "off", synchronous_commit: "off" } : undefined;
  const all = {
    listen_addresses: loopback,
    port: String(port),
    unix_socket_directories: "",
    password_encryption: "scram-sha-256",
    max_connections: String(options.maxConnections ?? 100),
    ...statementParameters,
    timezone: "UTC",
    // The kernel's default of 64 MB for /dev/shm in containers is less than shared memory may need.
    dynamic_shared_memory_type: "mmap",
    ...durability,
  };
  return Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A real PostgreSQL server on this machine, for one state directory, with the admin of a managed cluster. */
export class PostgresServer {
  readonly host = loopback;
  readonly port: number;
  readonly maxConnections: number | undefined;
  readonly #folder: PostgresData;
  readonly #passwords: PostgresOptions["passwords"];
  readonly #child: ChildProcess;
  readonly #log: string[];

  private constructor(options: PostgresOptions, port: number, child: ChildProcess, log: string[]) {
    this.#passwords = options.passwords;
    this.#folder = new PostgresData(options.directory);
    this.port = port;
    this.maxConnections = options.maxConnections;
    this.#child = child;
    this.#log = log;
  }

  /**
   * Starts the server of that directory; one that an earlier, killed run left behind is stopped first.
   * Throws PostgresServerError with the server's own words.
   */
  static async start(options: PostgresOptions): Promise<PostgresServer> {
    const binaries = postgresBinaries();
    const folder = new PostgresData(options.directory);
    const { data, initialised, port } = await folder.claim(options.fresh ?? false, binaries);
    if (!initialised) await initialise(binaries, data, passwordOf(options.passwords, "postgres"));
    folder.initialised(data);
    const server = await PostgresServer.#launch(options, binaries, data, port);
    folder.initialised(data, server.port);
    await server.#makeAdmin();
    return server;
  }

  static async #launch(
    options: PostgresOptions,
    binaries: PostgresBinaries,
    data: string,
    lastPort: number | undefined,
  ) {
    for (let attempt = 1; ; attempt++) {
      const port = attempt === 1 && lastPort !== undefined ? lastPort : await freePort();
      const log: string[] = [];
      const program = [join(binaries.bin, "postgres"), "-D", data, ...settings(options, port)];
      const child = spawn("/bin/sh", ["-c", withWatcher, "sh", data, ...program], {
        ...binaries.user,
        cwd: "/",
        // Its own session: Ctrl-C in the terminal reaches us alone, and we stop it in our order.
        detached: true,
        env: environment(),
        stdio: ["pipe", "pipe", "pipe"],
      });
      keepLog(child, log);
      if (await isReady(child)) return new PostgresServer(options, port, release(child), log);
      const taken = log.some((line) => /address already in use/i.test(line));
      if (!taken || attempt === startAttempts) throw new PostgresServerError("PostgreSQL did not start", log);
    }
  }

  /** How that role connects. Throws when its password is not known. */
  login(role: string, database = "postgres"): PostgresLogin {
    const password = passwordOf(this.#passwords, role);
    return { host: this.host, port: this.port, user: role, password, database };
  }

  /** The superuser, who exists on no managed cluster: for setting the stage and for looking, not for the product. */
  superuser(database = "postgres"): PostgresLogin {
    return this.login("postgres", database);
  }

  /** The last lines the server wrote. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** As on a managed cluster: no superuser, no way round row level security, may hand out `rds_iam` and `pg_monitor`. */
  async #makeAdmin(): Promise<void> {
    const client = new pg.Client(this.superuser());
    await client.connect();
    try {
      const { rows } = await client.query("select rolname from pg_roles");
      const roles = new Set(rows.map((row) => row.rolname));
      const verb = roles.has(adminRole) ? "alter" : "create";
      const password = client.escapeLiteral(passwordOf(this.#passwords, adminRole));
      const rights = "login createdb createrole nosuperuser nobypassrls noreplication";
      await client.query(`${verb} role ${adminRole} with ${rights} password ${password}`);
      if (!roles.has("rds_iam")) await client.query("create role rds_iam nologin");
      await client.query(`grant rds_iam to ${adminRole} with admin true, inherit false, set false`);
      await client.query(`grant pg_monitor, pg_signal_backend to ${adminRole} with admin true`);
    } finally {
      await client.end();
    }
  }

  /** A fast stop: sessions are cut, the data is kept. Safe to call twice. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.kill("SIGINT");
    await gone;
    this.#child.stdin?.destroy();
  }

  /** Copies its data aside, once it is stopped. */
  keepData(): Promise<void> {
    return this.#folder.keep();
  }

  /** Puts the copy in the place of its data, once it is stopped. Throws where there is none. */
  restoreData(): Promise<void> {
    return this.#folder.restore();
  }

  /** Removes its data, once it is stopped. */
  remove(): void {
    this.#folder.remove();
  }
}

function passwordOf(passwords: PostgresOptions["passwords"], role: string): string {
  const password = passwords[role];
  if (password === undefined) throw new Error(`no password for role ${role}`);
  return password;
}

function isReady(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Not at its exit: what it has said of the reason may still be on its way.
    child.once("close", () => resolve(false));
    child.stderr?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("ready to accept connections")) resolve(true);
    });
  });
}

/** A server that nobody stopped must not keep this process alive: the watcher ends it with us. */
function release(child: ChildProcess): ChildProcess {
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    (stream as unknown as { unref?(): void } | null)?.unref?.();
  }
  return child;
}
