import { spawn } from "node:child_process";
import { accessSync, constants, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import type { PostgresLogin } from "../../infra/local/services/postgres-server.ts";
import { benchId, firstNumber } from "./bench-rows.ts";

const debianFolder = "/usr/lib/postgresql";

/** What to do where there is none. */
export const pgbenchMissing =
  "no pgbench on PATH or in /usr/lib/postgresql/*/bin; Debian has it in postgresql-contrib (apt-get install postgresql-contrib)";

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where pgbench is: on PATH, or in Debian's folder, the newest version first. */
export function findPgbench(): string | undefined {
  const byNumber = (a: string, b: string) => Number(b) - Number(a);
  let versions: string[] = [];
  try {
    versions = readdirSync(debianFolder).sort(byNumber);
  } catch {
    // No PostgreSQL of Debian here.
  }
  const folders = [
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(debianFolder, version, "bin")),
  ];
  return folders.map((folder) => join(folder, "pgbench")).find(canRun);
}

/** The same call as the API's, with the same fields; each time another key, on any part of any yacht. */
export function writeReceiveScript(file: string, yachts: number, parts: number): void {
  const id = (text: string) => text.replace(/:[a-z]/g, (variable) => `' || ${variable} || '`);
  const scope = {
    user_id: benchId.user(":y"),
    yacht_id: benchId.yacht(":y"),
    role: "captain",
    version: "v2",
    request_id: "00000000-0000-4000-8000-:k",
    execution_id: "00000000-0000-4000-8000-:k",
    payload_sha256: "0".repeat(64),
    idempotency_key: "bench-:k-:l",
  };
  const payload = { part_id: benchId.part(":y", ":p"), quantity_received: 1 };
  // A colon before a digit or letter would be a variable: JSON's are followed by a blank.
  const json = (value: object) => id(JSON.stringify(value).replaceAll('":', '": '));
  const lines = [
    `\\set y random(${firstNumber}, ${firstNumber + yachts - 1})`,
    `\\set p random(${firstNumber}, ${firstNumber + parts - 1})`,
    "\\set k random(100000000000, 999999999999)",
    "\\set l random(100000000000, 999999999999)",
    `select part_lens.v2_receive_part(('${json(scope)}')::jsonb, ('${json(payload)}')::jsonb) as result;`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
}

export interface PgbenchRun {
  readonly program: string;
  readonly script: string;
  readonly login: PostgresLogin;
  readonly connections: number;
  readonly seconds: number;
}

/** Runs it. Throws with pgbench's words when a call failed. */
export async function runPgbench(
  run: PgbenchRun,
): Promise<{ readonly perSecond: number; readonly calls: number }> {
  const { program, script, login, connections, seconds } = run;
  const threads = Math.min(connections, availableParallelism());
  const args = ["-n", "-M", "prepared", "-f", script, "-T", String(Math.ceil(seconds))];
  const where = ["-h", login.host, "-p", String(login.port), "-U", login.user];
  const child = spawn(
    program,
    [...args, "-c", String(connections), "-j", String(threads), ...where, login.database],
    { env: { PATH: process.env.PATH ?? "", PGPASSWORD: login.password }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => output.push(text));
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  const code = await promise;
  const text = output.join("");
  const rate = /^tps = ([\d.]+)/m.exec(text)?.[1];
  if (code !== 0 || rate === undefined || !/failed transactions: 0\b/.test(text)) {
    throw new Error(`pgbench failed (${code}):\n${text}`);
  }
  const calls = Number(/actually processed: (\d+)/.exec(text)?.[1]);
  return { perSecond: Number(rate), calls };
}
