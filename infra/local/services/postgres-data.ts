/** Where a local PostgreSQL server keeps its data, remembered from run to run, and what a killed run left behind. */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { PostgresBinaries, SystemUser } from "./postgres-binaries.ts";

interface Memory {
  readonly data: string;
  /** False until initdb has finished: what a killed initdb leaves is thrown away. */
  readonly initialised: boolean;
  /** Where it listened last: what was told to others stays true, if the port is still free. */
  readonly port?: number;
}

const patience = { fastStopMilliseconds: 15_000, atOnceMilliseconds: 60_000, pollMilliseconds: 25 };

/** What goes with its process may go between a look and the reading. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

function commandOf(pid: number): string {
  if (existsSync("/proc/self/cmdline")) return readIfThere(`/proc/${pid}/cmdline`) ?? "";
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { stdio: "pipe" }).toString();
  } catch {
    return "";
  }
}

/** The process that serves this data folder now, if any. A reused process id is recognised by its command. */
export function serverOf(data: string): number | undefined {
  const pid = Number(readIfThere(join(data, "postmaster.pid"))?.split("\n")[0]);
  return Number.isInteger(pid) && pid > 0 && commandOf(pid).includes(data) ? pid : undefined;
}

/** It may have ended by itself since it was looked for. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ends whatever serves this data folder: PostgreSQL's fast stop, and its immediate one if that takes too long. */
export async function stopServerOf(data: string): Promise<void> {
  const pid = serverOf(data);
  if (pid === undefined) return;
  signal(pid, "SIGINT");
  const asked = performance.now();
  while (commandOf(pid).includes(data)) {
    const waited = performance.now() - asked;
    if (waited > patience.fastStopMilliseconds) signal(pid, "SIGQUIT");
    if (waited > patience.fastStopMilliseconds + patience.atOnceMilliseconds)
      throw new Error(`PostgreSQL (process ${pid}) on ${data} does not stop`);
    await delay(patience.pollMilliseconds);
  }
}

/** The outer folder is ours: in a shared place nobody else can put something there. Only its inside is the server's. */
function makeFolder(home: string, data: string, user: SystemUser): void {
  mkdirSync(home, { mode: 0o711 });
  chmodSync(home, 0o711);
  mkdirSync(data, { mode: 0o700 });
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid ?? user.uid);
}

/** The data folder that belongs to a state directory. */
export class PostgresData {
  readonly #directory: string;
  readonly #file: string;

  constructor(directory: string) {
    this.#directory = resolve(directory);
    this.#file = join(this.#directory, "postgres.json");
  }

  #remembered(): Memory | undefined {
    const kept = readIfThere(this.#file);
    return kept === undefined ? undefined : JSON.parse(kept);
  }

  #remember(memory: Memory): void {
    mkdirSync(this.#directory, { recursive: true });
    writeFileSync(this.#file, `${JSON.stringify(memory, undefined, 2)}\n`);
  }

  /** Stops the server a killed run left, and gives the data folder to use; `initialised` says whether it has data. */
  async claim(fresh: boolean, binaries: PostgresBinaries): Promise<Memory> {
    const home = this.#home(binaries);
    const data = join(home, "data");
    const before = this.#remembered();
    for (const known of new Set([data, before?.data ?? data])) await stopServerOf(known);
    if (before?.initialised && !fresh && existsSync(join(before.data, "PG_VERSION"))) return before;
    this.remove();
    rmSync(home, { recursive: true, force: true });
    mkdirSync(this.#directory, { recursive: true });
    makeFolder(home, data, binaries.user);
    const memory = { data, initialised: false };
    this.#remember(memory);
    return memory;
  }

  /**
   * The folder around the data. As root it lies in a shared place, under a name that follows from the directory, so
   * that it is found again even when the directory was removed.
   */
  #home({ scratch, user }: PostgresBinaries): string {
    if (user.uid === undefined) return join(this.#directory, "postgres");
    const stamp = createHash("sha256").update(this.#directory).digest("hex").slice(0, 16);
    return join(scratch, `part-lens-data-${stamp}`);
  }

  /** Of a finished initdb; later with the port it listens on. */
  initialised(data: string, port?: number): void {
    this.#remember({ data, initialised: true, ...(port !== undefined && { port }) });
  }

  /** Copies the data aside, in the place of an earlier copy. The server must be down. */
  async keep(): Promise<void> {
    const { data, kept } = this.#places();
    await copy(data, kept);
  }

  /** Puts the copy in the place of the data. Throws where nothing was kept. */
  async restore(): Promise<void> {
    const { data, kept } = this.#places();
    if (!existsSync(kept)) throw new Error(`no copy was kept of ${data}`);
    await copy(kept, data);
  }

  #places(): { data: string; kept: string } {
    const data = this.#remembered()?.data;
    if (!data) throw new Error(`there are no data of ${this.#directory}`);
    return { data, kept: `${data}.kept` };
  }

  /** Removes the data. The server must be down. */
  remove(): void {
    const before = this.#remembered();
    if (!before) return;
    rmSync(dirname(before.data), { recursive: true, force: true });
    rmSync(this.#file, { force: true });
  }
}

/** With owners and modes, which Node's own copy leaves behind. */
async function copy(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await promisify(execFile)("cp", ["-a", from, to]);
}
