import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Watching {
  /** Resolves once it has printed that. Rejects when it ends before. */
  printed(text: RegExp): Promise<void>;
  /** Sends the signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A local stack as a user starts it, in a folder of its own, and the commands of another terminal. */
export class StackProcess {
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-up-"));
  readonly #watching: ((signal: NodeJS.Signals) => Promise<unknown>)[] = [];
  #child: ChildProcess | undefined;
  #output = "";

  /** Everything that the stack has printed. */
  get output(): string {
    return this.#output;
  }

  /** Starts the stack and resolves with the API's URL once it serves. `preload`: modules loaded before it. */
  async up(args: readonly string[], preload: readonly string[] = []): Promise<string> {
    const imports = preload.flatMap((path) => ["--import", path]);
    const child = this.#spawn("infra/update/up.ts", [...this.#own(), ...args], imports);
    this.#child = child;
    this.#output = "";
    const serving = Promise.withResolvers<string>();
    const take = (chunk: Buffer) => {
      this.#output += chunk.toString();
      const [, url] = /Serving: (\S+)\s/.exec(this.#output) ?? [];
      if (url) serving.resolve(url);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("close", (code) => serving.reject(new Error(`up ended with ${code}: ${this.#output}`)));
    return serving.promise;
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Sends the signal and resolves with the exit code. */
  async end(name: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.kill(name);
    return ended;
  }

  /** `npm run rollout -- …` for this stack. */
  rollout(...args: readonly string[]): Promise<CommandEnd> {
    return this.#run("infra/update/rollout.ts", [...args, ...this.#own()]);
  }

  /** `npm run incident -- …` for this stack. */
  incident(...args: readonly string[]): Promise<CommandEnd> {
    return this.#run("infra/update/incident.ts", [...args, ...this.#own()]);
  }

  /** `npm run up -- …` beside the one that runs. */
  again(...args: readonly string[]): Promise<CommandEnd> {
    return this.#run("infra/update/up.ts", [...this.#own(), ...args]);
  }

  /** Starts `watch` in a terminal of its own. */
  watch(...args: readonly string[]): Watching {
    const child = this.#spawn("infra/update/rollout.ts", ["watch", ...args, ...this.#own()]);
    const waiting: { readonly text: RegExp; readonly found: () => void }[] = [];
    let output = "";
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      for (const { text, found } of waiting) if (text.test(output)) found();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const printed = (text: RegExp) => {
      const found = new Promise<void>((resolve) => {
        waiting.push({ text, found: resolve });
        if (text.test(output)) resolve();
      });
      const early = ended.then((code) => {
        if (!text.test(output)) throw new Error(`watch ended with ${code}: ${output}`);
      });
      return Promise.race([found, early]);
    };
    const end = (signal: NodeJS.Signals) => {
      child.kill(signal);
      return ended;
    };
    this.#watching.push(end);
    return { printed, end };
  }

  async close(): Promise<void> {
    for (const end of this.#watching) await end("SIGKILL");
    await this.end("SIGINT");
    rmSync(this.directory, { recursive: true, force: true });
  }

  #own(): string[] {
    return ["--state", join(this.directory, "state")];
  }

  #spawn(script: string, args: readonly string[], imports: readonly string[] = []): ChildProcess {
    return spawn(process.execPath, [...imports, script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" },
    });
  }

  #run(script: string, args: readonly string[]): Promise<CommandEnd> {
    const child = this.#spawn(script, args);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  }
}
