import { type ChildProcess, fork } from "node:child_process";
import type { DatabaseTarget } from "../../api/database/connection.ts";

/** A job for `http-load.ts` or `pg-load.ts`. */
export interface LoadJob {
  readonly connections: number;
  readonly seconds: number;
  readonly yachts: number;
  readonly parts: number;
  /** Where the requests of `http-load.ts` go. */
  readonly port?: number;
  /** Bearer tokens of the captains, in the order of the yachts. */
  readonly tokens?: readonly string[];
  /** Where the calls of `pg-load.ts` go. */
  readonly target?: DatabaseTarget;
}

export interface LoadResult {
  readonly perSecond: number;
  /** All calls made, those before the clock started too. */
  readonly calls: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
}

export type LoadReply = LoadResult | { readonly failure: string };

/** A process that makes load, so that the one that measures does not. */
export class LoadProcess {
  readonly #process: ChildProcess;

  constructor(script: "./http-load.ts" | "./pg-load.ts") {
    this.#process = fork(new URL(script, import.meta.url), { execArgv: [] });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** One job at a time. Throws what the process met first that was no success. */
  async run(job: LoadJob): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadReply>();
    const ended = (code: number | null) => reject(new Error(`the load process ended (${code})`));
    this.#process.once("message", resolve).once("exit", ended);
    this.#process.send(job);
    const reply = await promise.finally(() => this.#process.off("message", resolve).off("exit", ended));
    if ("failure" in reply) throw new Error(reply.failure);
    return reply;
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await gone;
  }
}
