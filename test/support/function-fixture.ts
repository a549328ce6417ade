/** A function runtime in a directory of its own, and a function that shows what it was given. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FunctionRuntime, type Invocation } from "../../infra/local/services/function-runtime.ts";

/** Answers with what it was given, and misbehaves on demand. */
function source(label: string): string {
  return `
    export async function handler(event, context) {
      if (event.rawPath === "/crash" || event.crash) process.exit(7);
      if (event.rawPath === "/throw" || event.fail) throw new TypeError("broke");
      if (event.hang) await new Promise((resolve) => setTimeout(resolve, 60000));
      if (event.print) console.log(JSON.stringify({ printed: event.print }));
      const seen = { label: ${JSON.stringify(label)}, event, arn: context.invokedFunctionArn,
        environment: process.env, fault: globalThis.fault ?? null };
      if (event.version !== "2.0") return seen;
      return { statusCode: 201, headers: { "x-label": seen.label, "content-type": "application/json" },
        cookies: ["a=1", "b=2"], body: Buffer.from(JSON.stringify(seen)).toString("base64"), isBase64Encoded: true };
    }`;
}

const preload = 'process.on("message", (m) => { if (m.fault) globalThis.fault = m.fault; });';

export class FunctionFixture {
  readonly directory = mkdtempSync(join(tmpdir(), "functions-"));
  readonly lines: string[] = [];
  readonly invocations: Invocation[] = [];
  readonly crashes: string[] = [];
  runtime: FunctionRuntime;

  constructor() {
    writeFileSync(join(this.directory, "preload.mjs"), preload);
    this.runtime = this.open();
  }

  /** Another runtime on the same directory, as the next process would have it. */
  open(): FunctionRuntime {
    this.runtime = new FunctionRuntime({
      directory: join(this.directory, "runtime"),
      region: "eu-central-1",
      injected: { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
      preload: () => [join(this.directory, "preload.mjs")],
      onLine: (name, line) => this.lines.push(`${name} ${line}`),
      onInvocation: (invocation) => this.invocations.push(invocation),
      onCrash: (name, reason) => this.crashes.push(`${name} ${reason}`),
    });
    return this.runtime;
  }

  /** Builds the bundle anew in the same place and defines the function `api` with it. */
  define(label: string, environment: Record<string, string> = {}) {
    const bundleDirectory = join(this.directory, "bundle");
    mkdirSync(bundleDirectory, { recursive: true });
    writeFileSync(join(bundleDirectory, "index.mjs"), source(label));
    const more = { handler: "index.handler", timeoutSeconds: 1, memory: 256 };
    return this.runtime.define("api", { bundleDirectory, environment, ...more });
  }

  /** Ends what runs, and removes the directory. */
  async close(): Promise<void> {
    await this.runtime.close();
    rmSync(this.directory, { recursive: true });
  }
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface HttpOptions {
  /** Left out: a connection of its own. */
  readonly agent?: Agent;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** One request to 127.0.0.1, never repeated. Rejects when no whole answer came. */
export function http(port: number, path: string, options: HttpOptions = {}): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const { agent = false, body, headers = {} } = options;
  const method = body === undefined ? "GET" : "POST";
  const call = request({ host: "127.0.0.1", port, path, method, headers, agent }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on("data", (chunk: Buffer) => chunks.push(chunk));
    answer.on("error", reject);
    answer.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
    });
  });
  call.on("error", reject);
  call.end(body);
  return promise;
}

/** Waits on the condition; the test's time limit is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}
