/**
 * Load over HTTP with connections kept open. Bare sockets and prepared texts: what the load itself costs is taken
 * from the machine that it measures.
 */
import { randomInt, randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";
import { benchId, firstNumber } from "./bench-rows.ts";
import type { LoadJob } from "./load-process.ts";
import { serveJobs } from "./load-worker.ts";

const headEnd = "\r\n\r\n";

/** One connection; one request at a time. */
class HttpConnection {
  readonly #socket: Socket;
  #waiting: PromiseWithResolvers<void> | undefined;
  #received = "";

  constructor(port: number) {
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text) => this.#take(String(text)));
    this.#socket.on("error", (error) => this.#waiting?.reject(error));
    this.#socket.on("close", () => this.#waiting?.reject(new Error("the connection was closed")));
  }

  ask(request: string): Promise<void> {
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request, "latin1");
    return this.#waiting.promise;
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(headEnd);
    if (end === -1) return;
    const head = this.#received.slice(0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (this.#received.length < end + headEnd.length + length) return;
    const answer = this.#received;
    this.#received = "";
    if (answer.startsWith("HTTP/1.1 200 ")) this.#waiting?.resolve();
    else this.#waiting?.reject(new Error(`the API answered:\n${answer}`));
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }
}

function receiveRequest({ yachts, parts, tokens }: LoadJob): string {
  const [yacht, part] = [randomInt(yachts), randomInt(parts)];
  const body = JSON.stringify({
    action: "receive_part",
    context: { yacht_id: benchId.yacht(firstNumber + yacht) },
    payload: { part_id: benchId.part(firstNumber + yacht, firstNumber + part), quantity_received: 1 },
    idempotency_key: randomUUID(),
  });
  return [
    "POST /v2/actions/execute HTTP/1.1",
    "host: 127.0.0.1",
    `authorization: Bearer ${tokens?.[yacht]}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

serveJobs(async (job) => {
  const connections = Array.from({ length: job.connections }, () => new HttpConnection(job.port ?? 0));
  return {
    asks: connections.map((connection) => () => connection.ask(receiveRequest(job))),
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
});
