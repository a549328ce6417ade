import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface CheckReport {
  /** `aws-check` itself could not run when undefined; 0 no problems, 1 problems, 2 the graph is not usable. */
  readonly exitCode: number | undefined;
  /** What it printed; its last line is `N resources checked, N problems, N not checked`. */
  readonly lines: readonly string[];
}

/** Resources in the format of aws-check, and the providers that make those of them that name one. */
export interface CheckedGraph {
  readonly resources: readonly unknown[];
  readonly providers?: Readonly<Record<string, CheckedProvider>>;
}

export interface CheckedProvider {
  /** On everything that it makes. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The ARN of the role that it works with, which the others make before. */
  readonly role?: string;
}

const tool = fileURLToPath(new URL("aws-check", import.meta.url));
/** It only ends what hangs: the provider itself gives up after the ten minutes in which it tries again what is refused. */
export const limitMilliseconds = 1_500_000;

/** Validates a graph. */
export function validate(graph: CheckedGraph): Promise<CheckReport> {
  return checkTool("validate", { graph });
}

export interface EmulatorPlace {
  readonly endpoint: string;
  readonly region: string;
  /** The account that everything is in; default the emulator's own. */
  readonly account?: string;
  /** A file with another list of what the emulator cannot do. */
  readonly gaps?: string;
}

/** Creates a graph's resources in an emulator of AWS, plans again, updates them to `then`, and destroys them. */
export function apply(graph: CheckedGraph, place: EmulatorPlace, then?: CheckedGraph): Promise<CheckReport> {
  return checkTool("apply", { graph, ...(then && { then }) }, { ...place });
}

interface CheckedGraphs {
  readonly graph: CheckedGraph;
  readonly then?: CheckedGraph;
}

/** Not synchronous: the emulator that it talks to is a child of this process, which must keep reading what that says. */
async function checkTool(
  command: string,
  { graph, then }: CheckedGraphs,
  options: Readonly<Record<string, string>> = {},
): Promise<CheckReport> {
  const folder = mkdtempSync(join(tmpdir(), "part-lens-aws-check-"));
  const write = (name: string, written: CheckedGraph) => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(written));
    return file;
  };
  try {
    const given = { ...options, ...(then && { then: write("then.json", then) }) };
    const named = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
    return await ran(["-B", tool, command, write("graph.json", graph), ...named]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In a process group of its own, so that terraform ends with it when it takes too long or this process ends. */
function ran(args: string[]): Promise<CheckReport> {
  return new Promise((resolve, reject) => {
    const child = spawn("python3", args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += text));
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    process.once("exit", end);
    const limit = setTimeout(() => {
      printed += `aws-check: took longer than ${limitMilliseconds / 60_000} minutes\n`;
      end();
    }, limitMilliseconds);
    child.once("error", reject);
    child.once("close", (exitCode) => {
      clearTimeout(limit);
      process.off("exit", end);
      resolve({ exitCode: exitCode ?? undefined, lines: printed.trim().split("\n") });
    });
  });
}
