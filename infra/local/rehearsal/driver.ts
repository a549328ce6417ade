import { randomUUID } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";

/** One request as it goes out. `path` carries the query. */
export interface Outgoing {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly token: string;
  readonly body?: object;
}

/** What came back. `version` is undefined when no version was reached (401, for one) or nothing answered. */
export interface Answer {
  readonly requestId: string;
  /** 0: no answer at all. */
  readonly status: number;
  readonly version: "v1" | "v2" | undefined;
  readonly milliseconds: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Why there is none, where that is so. */
  readonly failure?: string;
}

/**
 * How long a connection is kept that nobody uses: less than the five seconds after which a Node server closes it, which
 * would be no answer to a request that is sent at that moment.
 */
export const idleMilliseconds = 3_000;
/** How long an answer is waited for. */
const mostMilliseconds = 60_000;

/** Sends the rehearsal's requests, a bounded number at a time, over connections it keeps. */
export class Driver {
  readonly #agent: Agent;
  readonly #url: URL;

  constructor(apiUrl: string, connections: number) {
    this.#url = new URL(apiUrl);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, timeout: idleMilliseconds });
  }

  /** Never rejects: a connection that breaks is an answer with status 0. */
  send(outgoing: Outgoing, requestId: string = randomUUID()): Promise<Answer> {
    const started = performance.now();
    const answer = (status: number, version: string | undefined, text: string) => ({
      requestId,
      status,
      version: version === "v1" || version === "v2" ? (version as "v1" | "v2") : undefined,
      milliseconds: performance.now() - started,
      body: parse(text),
    });
    const payload = outgoing.body === undefined ? undefined : JSON.stringify(outgoing.body);
    return new Promise((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => {
        const connection = sent.reusedSocket ? "a connection that was kept" : "a new connection";
        const failure = `${error.code ?? error.message} on ${connection}`;
        resolve({ ...answer(0, undefined, ""), failure });
      };
      const sent = httpRequest(
        {
          agent: this.#agent,
          host: this.#url.hostname,
          port: this.#url.port,
          method: outgoing.method,
          path: outgoing.path,
          timeout: mostMilliseconds,
          headers: {
            authorization: `Bearer ${outgoing.token}`,
            "x-request-id": requestId,
            ...(payload
              ? { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }
              : {}),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          const header = response.headers["x-part-lens-version"];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () =>
            resolve(answer(response.statusCode ?? 0, String(header), Buffer.concat(chunks).toString("utf8"))),
          );
          response.on("error", failed);
        },
      );
      sent.on("timeout", () => sent.destroy(new Error(`no answer within ${mostMilliseconds} ms`)));
      sent.on("error", failed);
      sent.end(payload);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
