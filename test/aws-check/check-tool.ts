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

/** Resources in the format of aws-check. */
export interface CheckedGraph {
  readonly resources: readonly unknown[];
}

const tool = fileURLToPath(new URL("aws-check", import.meta.url));
/** It only ends what hangs: the provider itself gives up after the ten minutes in which it tries again what is refused. */
const limitMilliseconds = 1_500_000;

/** Validates a graph. */
export function validate(graph: CheckedGraph): Promise<CheckReport> {
  return checkTool("validate", graph, []);
}

export interface EmulatorPlace {
  readonly endpoint: string;
  readonly region: string;
  /** A file with another list of what the emulator cannot do. */
  readonly gaps?: string;
}

/** Creates a graph's resources in an emulator of AWS, plans again, and destroys them. */
export function apply(graph: CheckedGraph, { endpoint, region, gaps }: EmulatorPlace): Promise<CheckReport> {
  const listed = gaps === undefined ? [] : ["--gaps", gaps];
  return checkTool("apply", graph, ["--endpoint", endpoint, "--region", region, ...listed]);
}

/** Not synchronous: the emulator that it talks to is a child of this process, which must keep reading what that says. */
async function checkTool(command: string, graph: CheckedGraph, options: string[]): Promise<CheckReport> {
  const folder = mkdtempSync(join(tmpdir(), "part-lens-aws-check-"));
  try {
    const file = join(folder, "graph.json");
    writeFileSync(file, JSON.stringify(graph));
    return await ran(["-B", tool, command, file, ...options]);
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
