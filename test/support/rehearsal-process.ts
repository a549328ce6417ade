import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Summary } from "../../infra/local/rehearsal/summary.ts";

/** How a rehearsal ended. `output` is everything it printed. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Rehearsals as a user starts them, in a folder of their own. */
export class RehearsalProcess {
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-rehearsal-"));
  readonly #running = new Set<ChildProcess>();

  /** Runs to the end. `weaken`: see weaken-alarms.ts. */
  async run(args: readonly string[], weaken?: Record<string, number | null>): Promise<Ended> {
    const { child, ended } = this.#start(args, weaken);
    this.#running.add(child);
    const result = await ended;
    this.#running.delete(child);
    return result;
  }

  /** Kills it outright as soon as it has printed that text. */
  async killAt(text: string, args: readonly string[]): Promise<void> {
    const { child, ended, printed } = this.#start(args);
    await Promise.race([printed(text), ended]);
    child.kill("SIGKILL");
    await ended;
  }

  summary(): Summary {
    return JSON.parse(readFileSync(join(this.directory, "out", "summary.json"), "utf8")) as Summary;
  }

  close(): void {
    for (const child of this.#running) child.kill("SIGINT");
    rmSync(this.directory, { recursive: true, force: true });
  }

  #start(args: readonly string[], weaken?: Record<string, number | null>) {
    const preload = weaken ? ["--import", "./test/support/weaken-alarms.ts"] : [];
    const place = ["--state", join(this.directory, "state"), "--out", join(this.directory, "out")];
    const environment = { ...process.env, PART_LENS_WEAKEN: JSON.stringify(weaken ?? {}), NODE_OPTIONS: "" };
    const child = spawn(
      process.execPath,
      [...preload, "infra/local/rehearsal/rehearse.ts", ...place, ...args],
      { env: environment, stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    const waiting: { readonly text: string; readonly found: () => void }[] = [];
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      for (const { text, found } of waiting) if (output.includes(text)) found();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, output })));
    const printed = (text: string) => new Promise<void>((found) => waiting.push({ text, found }));
    return { child, ended, printed };
  }
}
