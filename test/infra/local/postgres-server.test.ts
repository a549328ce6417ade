import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { PostgresData, serverOf } from "../../../infra/local/services/postgres-data.ts";
import {
  adminRole,
  PostgresServer,
  PostgresServerError,
  postgresMajor,
} from "../../../infra/local/services/postgres-server.ts";
import { patience } from "../../support/patience.ts";

const passwords = { postgres: "super", [adminRole]: "admin" };
const servers: PostgresServer[] = [];
let directory: string;

beforeAll(() => {
  // mkdtemp's folders are 0700: as root, the user that PostgreSQL runs as cannot enter it.
  directory = mkdtempSync(join(tmpdir(), "part-lens-server-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(async () => {
  new PostgresData(directory).remove();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: { fresh?: boolean } = {}): Promise<PostgresServer> {
  const server = await PostgresServer.start({ directory, passwords, durable: false, ...options });
  servers.push(server);
  return server;
}

async function ask(server: PostgresServer, statement: string, role = "postgres") {
  const client = new pg.Client(server.login(role));
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const dataFolder = () => JSON.parse(readFileSync(join(directory, "postgres.json"), "utf8")).data as string;

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 10_000 });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("timeout", () => resolve(false));
  }).then((answer) => answer as boolean);
}

describe("a PostgreSQL server of a state directory", () => {
  test("runs Aurora's major, listens on 127.0.0.1 alone, below the ephemeral ports", async () => {
    const server = await start({ fresh: true });
    const [row] = await ask(server, "select current_setting('server_version_num')::int / 10000 as major");
    expect(row.major).toBe(postgresMajor);
    expect(server.port).toBeLessThan(32_768);
    expect(await accepts("127.0.0.1", server.port)).toBe(true);
    const others = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal }) => !internal);
    for (const { address } of others) expect(await accepts(address, server.port)).toBe(false);
    const [sockets] = await ask(server, "show unix_socket_directories");
    expect(sockets.unix_socket_directories).toBe("");
  });

  test("has an admin as RDS has: makes databases and roles, no superuser, no way round row level security", async () => {
    const server = await start();
    const [row] = await ask(
      server,
      "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user",
      adminRole,
    );
    expect(row).toEqual({ rolsuper: false, rolbypassrls: false, rolcreatedb: true, rolcreaterole: true });
    await expect(ask(server, "create role too_much superuser", adminRole)).rejects.toMatchObject({
      code: "42501",
    });
    await ask(server, "create role signs_in login; grant rds_iam to signs_in; drop role signs_in", adminRole);
  });

  test("refuses a wrong password", async () => {
    const server = await start();
    const client = new pg.Client({ ...server.superuser(), password: "wrong" });
    await expect(client.connect()).rejects.toMatchObject({ code: "28P01" });
  });

  test("keeps its data and its port over a restart, and starts empty when told to", async () => {
    const first = await start({ fresh: true });
    await ask(first, "create table kept as select 1 as one");
    await first.stop();
    const second = await start();
    expect(second.port).toBe(first.port);
    expect(await ask(second, "select one from kept")).toEqual([{ one: 1 }]);
    await second.stop();
    const third = await start({ fresh: true });
    await expect(ask(third, "select one from kept")).rejects.toMatchObject({ code: "42P01" });
  });

  test("takes the place of a server that is still running on the same directory", async () => {
    const orphan = await start();
    await ask(orphan, "create table if not exists kept as select 1 as one");
    const next = await start();
    expect(await ask(next, "select one from kept")).toEqual([{ one: 1 }]);
    expect(serverOf(dataFolder())).toBeDefined();
    await orphan.stop();
    expect(await ask(next, "select one from kept")).toEqual([{ one: 1 }]);
  });

  test("finds what an earlier run left even when its directory was removed", async () => {
    const orphan = await start();
    await ask(orphan, "create table if not exists kept as select 1 as one");
    rmSync(directory, { recursive: true });
    const next = await start();
    await expect(ask(next, "select one from kept")).rejects.toMatchObject({ code: "42P01" });
    const isGone = () => expect(ask(orphan, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    // Where the data lay in the directory, what names their server went with them: it sees that itself, within a minute.
    await (dataFolder().startsWith(directory) ? vi.waitFor(isGone, patience) : isGone());
  });

  test("removes its data", async () => {
    const server = await start();
    const data = dataFolder();
    await server.stop();
    server.remove();
    expect(existsSync(data)).toBe(false);
  });

  test("ends with the process that started it, even when that one is killed", async () => {
    const module = new URL("../../../infra/local/services/postgres-server.ts", import.meta.url).href;
    const script = `import { PostgresServer } from ${JSON.stringify(module)};
      await PostgresServer.start(${JSON.stringify({ directory, passwords, durable: false })});
      console.log("up"); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    const data = dataFolder();
    expect(serverOf(data)).toBeDefined();
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect(serverOf(data)).toBeUndefined(), patience);
  });

  test("says in PostgreSQL's own words why it did not start", async () => {
    const server = await start();
    await server.stop();
    const settings = join(dataFolder(), "postgresql.conf");
    appendFileSync(settings, "no_such_setting_of_ours = 1\n");
    const failure = await start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PostgresServerError);
    expect((failure as Error).message).toContain("no_such_setting_of_ours");
  });
});
