/** Installs the AWS emulator, MiniStack, into a Python of its own under `.part-lens/emulator/`, once. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Where the emulator's Python is, or why there is none. */
export type Installed = { readonly python: string } | { readonly missing: string };

const requirements = new URL("requirements.txt", import.meta.url).pathname;
const home = new URL("../../.part-lens/emulator/", import.meta.url).pathname;
const pythons = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
/** Python 3.10 or newer, with what makes a private environment. */
const probe = "import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)";
/** They end what hangs. Too short they would leave out the whole emulator on a slow machine, and nobody would notice. */
const limits = { look: 120_000, venv: 300_000, install: 600_000 } as const;

/** The emulator at the pinned versions; the first time it is fetched from the registry, which takes about 15 s. */
export function installEmulator(): Installed {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const directory = join(home, `ministack-${wanted}`);
  if (existsSync(directory)) return { python: pythonOf(directory) };
  const python = pythons.find((name) => run(name, ["-c", probe], limits.look) === undefined);
  if (!python) return { missing: "no Python 3.10 or newer on PATH" };
  mkdirSync(home, { recursive: true });
  const aside = `${directory}.${process.pid}`;
  const problem = fill(python, aside) ?? moved(aside, directory);
  rmSync(aside, { recursive: true, force: true });
  return problem ? { missing: problem } : { python: pythonOf(directory) };
}

const pythonOf = (directory: string) => join(directory, "bin", "python");

/** What went wrong, if anything did. */
function fill(python: string, directory: string): string | undefined {
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
  return (
    run(python, ["-m", "venv", directory], limits.venv) ??
    run(pythonOf(directory), [...install, "--requirement", requirements], limits.install)
  );
}

/** Renamed when it is whole: an installation that is killed leaves nothing that looks finished. */
function moved(from: string, to: string): string | undefined {
  try {
    renameSync(from, to);
  } catch (error) {
    // Another process was quicker, with the very same packages.
    if (!existsSync(to)) return String(error);
  }
  return undefined;
}

function run(command: string, args: readonly string[], timeout: number): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", timeout });
  if (status === 0) return undefined;
  const said = stderr?.trim().split("\n").at(-1);
  return `${command} ${args.slice(0, 3).join(" ")}: ${error?.message ?? said ?? `exit code ${status}`}`;
}
