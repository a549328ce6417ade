/** The local Lambda: functions with versions and aliases, each version a child process running the very bundle. */
import { join, resolve } from "node:path";
import { functionArn } from "./function-arn.ts";
import { ChildGone, FunctionChild } from "./function-child.ts";
import { functionEnvironment } from "./function-environment.ts";
import { FunctionLog } from "./function-log.ts";
import {
  type Front,
  type FunctionDefinition,
  FunctionRegistry,
  FunctionUnknown,
  type FunctionVersion,
} from "./function-registry.ts";
import { bindSharedPort, type SharedPort } from "./shared-port.ts";

/** What Lambda and the HTTP API would count themselves. */
export interface Invocation {
  readonly name: string;
  readonly kind: "http" | "invoke";
  /** The function crashed, threw or timed out. */
  readonly error?: boolean;
  /** Of the HTTP answer. */
  readonly status?: number;
}

export interface FunctionRuntimeOptions {
  /** Bundles, logs and the registry lie in it. */
  readonly directory: string;
  readonly region: string;
  /** Variables that the runtime adds to those of the program. */
  readonly injected: Readonly<Record<string, string>> | ((name: string) => Readonly<Record<string, string>>);
  /** Modules loaded before the bundle, by absolute path or relative to `cwd`. */
  readonly preload?: (name: string) => readonly string[];
  /** A line that a function printed to stdout. */
  readonly onLine?: (name: string, line: string) => void;
  readonly onInvocation?: (invocation: Invocation) => void;
  readonly onCrash?: (name: string, reason: string) => void;
  /** Working directory of the functions. Default: this process's. */
  readonly cwd?: string;
}

export interface InvokeResult {
  readonly payload: unknown;
  /** "Unhandled" when the function threw, timed out or crashed; then `payload` is {errorType, errorMessage}. */
  readonly functionError?: string;
}

const restartMilliseconds = 100;

export class FunctionRuntime {
  readonly #options: FunctionRuntimeOptions;
  readonly #registry: FunctionRegistry;
  readonly #children = new Map<string, FunctionChild>();
  /** All that have not ended, retired ones included. */
  readonly #processes = new Set<FunctionChild>();
  readonly #served = new Map<number, FunctionChild>();
  readonly #sockets = new Map<number, SharedPort>();
  readonly #log: FunctionLog;
  readonly #messages = new Map<string, unknown>();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: FunctionRuntimeOptions) {
    const directory = resolve(options.directory);
    this.#options = { ...options, directory };
    this.#registry = new FunctionRegistry(directory);
    this.#log = new FunctionLog(join(directory, "logs"));
  }

  /** The same code and configuration give the same version. Throws AssetMissing when there is no bundle. */
  async define(name: string, definition: FunctionDefinition): Promise<{ version: string; codeHash: string }> {
    const { version, codeHash } = this.#registry.publish(name, definition);
    this.#retireUnreachable(name);
    return { version, codeHash };
  }

  /** Moves the alias; ports that serve it go to the new version without losing a request. Throws FunctionUnknown. */
  async setAlias(name: string, alias: string, version: string): Promise<void> {
    this.#registry.setAlias(name, alias, version);
    await this.#alone(async () => {
      for (const { port, front } of this.#registry.fronts()) {
        if (front.name === name && front.qualifier === alias) await this.#switch(port, front);
      }
    });
    this.#retireUnreachable(name);
  }

  /** A published version by its number or an alias; undefined when there is none. */
  find(name: string, qualifier: string): FunctionVersion | undefined {
    try {
      return this.#registry.find(name, qualifier);
    } catch (error) {
      if (error instanceof FunctionUnknown) return undefined;
      throw error;
    }
  }

  async removeAlias(name: string, alias: string): Promise<void> {
    this.#registry.removeAlias(name, alias);
    this.#retireUnreachable(name);
  }

  async remove(name: string): Promise<void> {
    for (const { port, front } of this.#registry.fronts()) {
      if (front.name === name) await this.stopServing(port);
    }
    this.#registry.remove(name);
    this.#retireUnreachable(name);
  }

  /** `qualifier`: version or alias; undefined = latest. Throws FunctionUnknown; what the function does is a result. */
  async invoke(name: string, qualifier: string | undefined, event: unknown): Promise<InvokeResult> {
    const version = this.#registry.find(name, qualifier);
    const result = await this.#call(name, version, qualifier, event);
    this.#options.onInvocation?.({ name, kind: "invoke", error: result.functionError !== undefined });
    return result;
  }

  /** Answers HTTP on 127.0.0.1:port as the HTTP API would for that qualifier; a port served already is switched. */
  async serve(name: string, qualifier: string, port: number, apiId = "local"): Promise<void> {
    const front = { name, qualifier, apiId };
    this.#registry.find(name, qualifier);
    this.#registry.setFront(port, front);
    await this.#alone(() => this.#switch(port, front));
    this.#retireUnreachable(name);
  }

  async stopServing(port: number): Promise<void> {
    this.#registry.setFront(port, undefined);
    await this.#alone(async () => {
      const child = this.#served.get(port);
      this.#served.delete(port);
      await child?.drain(port).catch(ignoreGone);
      this.#sockets.get(port)?.close();
      this.#sockets.delete(port);
    });
  }

  /** Serves again what was served when the process that had this directory before ended. */
  async resume(): Promise<void> {
    for (const { port, front } of this.#registry.fronts()) await this.#alone(() => this.#switch(port, front));
  }

  /** To the modules preloaded into the function's processes; ones started later get the last message too. */
  send(name: string, message: unknown): void {
    this.#messages.set(name, message);
    for (const [key, child] of this.#children) if (key.startsWith(`${name}:`)) child.send(message);
  }

  /** Resolves when every line printed and every answer given so far has been handed on; of one function, if named. */
  async flush(name?: string): Promise<void> {
    const children =
      name === undefined
        ? [...this.#processes]
        : [...this.#children].flatMap(([key, child]) => (key.startsWith(`${name}:`) ? [child] : []));
    await Promise.all(children.map((child) => child.flush().catch(ignoreGone)));
  }

  /** Process ids of what runs, for tests and for the report of a rehearsal. */
  pids(): number[] {
    return [...this.#processes].map(({ pid }) => pid).filter((pid) => pid !== undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    await Promise.all([...this.#processes].map((child) => child.kill()));
    await this.#log.close();
  }

  async #call(
    name: string,
    version: FunctionVersion,
    qualifier: string | undefined,
    event: unknown,
  ): Promise<InvokeResult> {
    try {
      const child = this.#child(name, version);
      const reply = await child.request({
        host: "invoke",
        event,
        ...(qualifier !== undefined && { qualifier }),
      });
      return {
        payload: reply.payload,
        ...(reply.functionError !== undefined && { functionError: "Unhandled" }),
      };
    } catch (error) {
      if (!(error instanceof ChildGone)) throw error;
      return {
        payload: { errorType: "Runtime.ExitError", errorMessage: error.message },
        functionError: "Unhandled",
      };
    }
  }

  /** The new version answers before the old one stops to take connections. */
  async #switch(port: number, { name, qualifier, apiId }: Front): Promise<void> {
    const child = this.#child(name, this.#registry.find(name, qualifier));
    await child.listen(port, qualifier, apiId, this.#socket(port));
    const old = this.#served.get(port);
    this.#served.set(port, child);
    if (old && old !== child) await old.drain(port).catch(ignoreGone);
  }

  #socket(port: number): SharedPort {
    const socket = this.#sockets.get(port) ?? bindSharedPort(port);
    this.#sockets.set(port, socket);
    return socket;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  #child(name: string, version: FunctionVersion): FunctionChild {
    const key = `${name}:${version.version}`;
    const found = this.#children.get(key);
    if (found) return found;
    if (this.#closed) throw new Error("the function runtime is closed");
    const child = this.#spawn(
      name,
      version,
      () => this.#children.get(key) === child && this.#children.delete(key),
    );
    this.#children.set(key, child);
    if (this.#messages.has(name)) child.send(this.#messages.get(name));
    return child;
  }

  #spawn(name: string, version: FunctionVersion, forget: () => void): FunctionChild {
    const { cwd = process.cwd(), injected, preload, region } = this.#options;
    const variables = typeof injected === "function" ? injected(name) : injected;
    const child: FunctionChild = new FunctionChild({
      ...version,
      bundle: version.bundleDirectory,
      arn: functionArn(region, name),
      environment: functionEnvironment({ name, region, version, injected: variables }),
      preload: preload?.(name) ?? [],
      cwd,
      onLine: (stream, line) => this.#onLine(name, stream, line),
      onServed: (answers) => {
        for (const answer of answers) this.#options.onInvocation?.({ name, kind: "http", ...answer });
      },
      onCrash: (reason) => {
        forget();
        this.#onCrash(name, child, reason);
      },
    });
    this.#processes.add(child);
    child.gone().then(() => this.#processes.delete(child));
    return child;
  }

  #onLine(name: string, stream: "stdout" | "stderr", line: string): void {
    this.#log.add(name, stream, line);
    if (stream === "stdout") this.#options.onLine?.(name, line);
  }

  /** A served port is taken over by a new process at once; an invoked function gets one when it is next used. */
  #onCrash(name: string, child: FunctionChild, reason: string): void {
    const ports = [...this.#served].filter(([, serving]) => serving === child).map(([port]) => port);
    this.#options.onCrash?.(name, reason);
    if (ports.length > 0) this.#options.onInvocation?.({ name, kind: "http", error: true, status: 500 });
    for (const port of ports) this.#served.delete(port);
    if (ports.length > 0) this.#restart(ports, 0);
  }

  #restart(ports: readonly number[], attempt: number): void {
    const again = async () => {
      for (const { port, front } of this.#registry.fronts()) {
        if (this.#closed || !ports.includes(port) || this.#served.has(port)) continue;
        await this.#switch(port, front);
      }
    };
    const wait = Math.min(attempt * restartMilliseconds, 2000);
    setTimeout(() => {
      this.#alone(again).catch(() => this.#closed || this.#restart(ports, attempt + 1));
    }, wait).unref();
  }

  /** Ends the processes of versions that no alias, port or invocation can reach any more. */
  #retireUnreachable(name: string): void {
    const reachable = this.#registry.reachable(name);
    for (const [key, child] of this.#children) {
      const version = key.slice(name.length + 1);
      const serves = [...this.#served.values()].includes(child);
      if (!key.startsWith(`${name}:`) || reachable.has(version) || serves) continue;
      this.#children.delete(key);
      child.retire();
    }
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof ChildGone)) throw error;
}
