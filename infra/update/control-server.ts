import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  type ControlLine,
  type ControlRequest,
  type ControlResult,
  controlRequest,
} from "../../monitoring/rollout/control/control-request.ts";
import { freePort } from "../local/services/free-port.ts";

export type Perform = (request: ControlRequest, tell: (progress: string) => void) => Promise<ControlResult>;

const loopback = "127.0.0.1";
const mostBytes = 64 * 1024;
const attempts = 10;

/**
 * Takes verbs from other processes of this machine: a local stack lives in the memory of the process that serves it.
 * POST / with the token; the answer is a JSON text a line, progress first and the result last.
 */
export class ControlServer {
  readonly token = randomBytes(32).toString("base64url");
  readonly #perform: Perform;
  #server: Server | undefined;

  constructor(perform: Perform) {
    this.#perform = perform;
  }

  /** Listens on 127.0.0.1 only and returns the URL. */
  async start(): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const server = createServer((request, response) => void this.#answer(request, response));
      const error = await new Promise<Error | undefined>((resolve) => {
        server.once("error", resolve);
        server.listen(port, loopback, () => resolve(undefined));
      });
      if (error && attempt >= attempts) throw error;
      if (error) continue;
      this.#server = server;
      return `http://${loopback}:${port}`;
    }
  }

  /** Ends at once: a verb that is under way is cut off, what it has recorded stays. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isAllowed(request.headers.authorization))
      return end(response, 401, "the token is missing or wrong");
    if (request.method !== "POST") return end(response, 405, "only POST is answered");
    const body = await bodyOf(request).catch(() => undefined);
    const parsed = controlRequest.safeParse(body);
    if (!parsed.success) return end(response, 400, "this is no control request");
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const write = (line: ControlLine) => response.write(`${JSON.stringify(line)}\n`);
    const result = await this.#perform(parsed.data, (progress) => write({ progress })).catch(failed);
    write({ result });
    response.end();
  }

  #isAllowed(header: string | undefined): boolean {
    const sent = Buffer.from(header ?? "");
    const wanted = Buffer.from(`Bearer ${this.token}`);
    return sent.length === wanted.length && timingSafeEqual(sent, wanted);
  }
}

function failed(error: unknown): ControlResult {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { exit: 2, text, data: { error: text } };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error("too long");
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" });
  response.end(`${text}\n`);
}
