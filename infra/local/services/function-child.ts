/** One running child process of one version of a function, seen from the parent. */
import { type ChildProcess, type SendHandle, type Serializable, spawn } from "node:child_process";
import { isAbsolute, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { childVariables, type FromChild, flushMark, type ToChild } from "./function-message.ts";
import { LineReader } from "./line-reader.ts";
import type { SharedPort } from "./shared-port.ts";

export interface ChildOptions {
  /** Directory of the bundle, and `file.export` in it. */
  readonly bundle: string;
  readonly handler: string;
  /** Unqualified. */
  readonly arn: string;
  /** All that the child sees of an environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memory: number;
  /** Modules loaded before the bundle. */
  readonly preload: readonly string[];
  readonly cwd: string;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
  readonly onServed: (answers: readonly { status: number; error: boolean }[]) => void;
  /** It ended although nobody had asked it to. */
  readonly onCrash: (reason: string) => void;
}

export interface Reply {
  readonly payload?: unknown;
  readonly functionError?: string;
}

/** The process is gone: what it had been asked for is lost. */
export class ChildGone extends Error {
  override readonly name = "ChildGone";
}

type Request = ToChild extends infer Message
  ? Message extends ToChild
    ? Omit<Message, "id">
    : never
  : never;

const script = fileURLToPath(new URL("./function-host.ts", import.meta.url));

export class FunctionChild {
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  readonly #pending = new Map<number, PromiseWithResolvers<Reply>>();
  readonly #marks = new Map<string, () => void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #listening = new Set<number>();
  /** Ports that it has left, with connections still open. */
  #draining = 0;
  #next = 1;
  #ending = false;
  /** The end of stderr: the error that it died of. */
  readonly #lastWords: string[] = [];
  #reason = "the function's process has ended";

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = start(options);
    this.#ready.promise.catch(() => undefined);
    this.#read("stdout");
    this.#read("stderr");
    this.#process.on("message", (message) => this.#onMessage(message as FromChild));
    this.#process.on("error", (error) => this.#onEnd(error.message));
    // "close" comes when its output has been read to the end, so that the last words are known.
    this.#process.on("close", (code, signal) => this.#onEnd(signal ?? `exit code ${code}`));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Rejects with ChildGone when it ends before its bundle is loaded. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves once the process has ended. */
  gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Waits until the child is ready. Rejects with ChildGone when it ends before it has answered. */
  async request(message: Request, socket?: SharedPort): Promise<Reply> {
    const reply = Promise.withResolvers<Reply>();
    const id = this.#next++;
    this.#pending.set(id, reply);
    const send = () => this.send({ ...message, id }, socket) || this.#fail(id, reply);
    this.ready().then(send, () => this.#fail(id, reply));
    return reply.promise.finally(() => this.#retireWhenIdle());
  }

  async listen(port: number, qualifier: string, apiId: string, socket: SharedPort): Promise<void> {
    this.#listening.add(port);
    const message = { host: "listen", port, qualifier, apiId } as const;
    const { functionError, payload } = await this.request(message, socket);
    if (functionError) throw new Error(`cannot listen on port ${port}: ${JSON.stringify(payload)}`);
  }

  /** Takes no new connection on the port from now on. */
  async drain(port: number): Promise<void> {
    this.#listening.delete(port);
    this.#draining++;
    await this.request({ host: "drain", port });
  }

  /** Resolves when everything printed and reported so far has been handed on. */
  async flush(): Promise<void> {
    const read = Promise.withResolvers<void>();
    const id = this.#next;
    this.#marks.set(flushMark(id), read.resolve);
    await Promise.all([this.request({ host: "flush" }), Promise.race([read.promise, this.gone()])]);
  }

  /** False when there is nobody to send it to. */
  send(message: unknown, socket?: SharedPort): boolean {
    if (!this.#process.connected) return false;
    this.#process.send(message as Serializable, socket as SendHandle | undefined, {}, () => undefined);
    return true;
  }

  /** Ends once its connections are drained and its invocations answered. */
  retire(): void {
    this.#ending = true;
    this.#retireWhenIdle();
  }

  async kill(): Promise<void> {
    this.#ending = true;
    this.#process.kill("SIGKILL");
    await this.gone();
  }

  #retireWhenIdle(): void {
    const isIdle = this.#pending.size === 0 && this.#listening.size === 0 && this.#draining === 0;
    if (this.#ending && isIdle) this.#process.kill();
  }

  #onMessage(message: FromChild | undefined): void {
    switch (message?.host) {
      case "ready":
        this.#ready.resolve();
        break;
      case "done":
        this.#pending.get(message.id)?.resolve(message);
        this.#pending.delete(message.id);
        break;
      case "served":
        this.#options.onServed(message.answers);
        break;
      case "drained":
        this.#draining--;
        this.#retireWhenIdle();
    }
  }

  #read(stream: "stdout" | "stderr"): void {
    const lines = new LineReader((line) => {
      const mark = this.#marks.get(line);
      if (mark) {
        this.#marks.delete(line);
        return mark();
      }
      if (stream === "stderr") this.#lastWords.push(line);
      if (this.#lastWords.length > 40) this.#lastWords.shift();
      this.#options.onLine(stream, line);
    });
    this.#process[stream]?.setEncoding("utf8").on("data", (text: string) => lines.add(text));
    this.#process[stream]?.on("end", () => lines.end());
  }

  #onEnd(reason: string): void {
    const error = errorIn(this.#lastWords);
    const why = error === "" ? reason : `${reason} (${error})`;
    this.#reason = `the function's process ended: ${why}`;
    this.#ready.reject(new ChildGone(this.#reason));
    this.#gone.resolve();
    for (const [id, reply] of this.#pending) this.#fail(id, reply);
    if (!this.#ending) this.#options.onCrash(why);
    this.#ending = true;
  }

  #fail(id: number, reply: PromiseWithResolvers<Reply>): void {
    this.#pending.delete(id);
    reply.reject(new ChildGone(this.#reason));
  }
}

/** The message of the last error in the lines, which may be several lines long; without its stack trace. */
function errorIn(lines: readonly string[]): string {
  const start = lines.findLastIndex((line) => /^\w*Error\b.*:/.test(line));
  if (start === -1) return "";
  const stack = lines.findIndex((line, index) => index > start && /^\s+at /.test(line));
  return lines
    .slice(start, stack === -1 ? undefined : stack)
    .join("\n")
    .trim();
}

function moduleUrl(path: string, cwd: string): string {
  if (/^(file|data|node):/.test(path)) return path;
  return pathToFileURL(isAbsolute(path) ? path : join(cwd, path)).href;
}

function start(options: ChildOptions): ChildProcess {
  const preload = options.preload.flatMap((path) => ["--import", moduleUrl(path, options.cwd)]);
  const env = {
    ...options.environment,
    [childVariables.bundle]: options.bundle,
    [childVariables.handler]: options.handler,
    [childVariables.timeout]: String(options.timeoutSeconds * 1000),
    [childVariables.arn]: options.arn,
  };
  return spawn(
    process.execPath,
    [`--max-old-space-size=${Math.max(128, options.memory)}`, ...preload, script],
    { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
}
