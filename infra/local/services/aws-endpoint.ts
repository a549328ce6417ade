import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import type { EndpointAnswer, EndpointProtocol } from "./endpoint-protocol.ts";
import { freePort } from "./free-port.ts";
import type { Session, SessionService } from "./session-service.ts";
import { checkSignature, type ReceivedRequest } from "./signature-check.ts";

export interface AwsEndpointOptions {
  readonly region: string;
  readonly sessions: SessionService;
  /** The first one words the refusal of a request that was signed for no known service. */
  readonly protocols: readonly [EndpointProtocol, ...EndpointProtocol[]];
}

const largestBody = 32 * 1024 * 1024;
const attempts = 10;
/** Longer than a client keeps an idle connection: none sends a request on one that is being closed. See function-host.ts. */
const keptMilliseconds = 60_000;

/**
 * One HTTP server on 127.0.0.1 that speaks the few AWS protocols the stack uses, for the ordinary SDK clients.
 * Every request must be signed; the service it was signed for decides the protocol.
 */
export class AwsEndpoint {
  readonly #options: AwsEndpointOptions;
  readonly #protocols: EndpointProtocol[];
  /** `<service> <role name>` of what is denied on purpose. */
  readonly #denied = new Set<string>();
  /** The services that are down on purpose. */
  readonly #failing = new Set<string>();
  #server: Server | undefined;

  constructor(options: AwsEndpointOptions) {
    this.#options = options;
    this.#protocols = [...options.protocols];
  }

  /** One more service, made after this endpoint. */
  add(protocol: EndpointProtocol): void {
    this.#protocols.push(protocol);
  }

  /** From now on that role may no longer use the service: a permission that somebody took away. */
  deny(service: string, roleName: string): void {
    this.#denied.add(`${service} ${roleName}`);
  }

  allow(service: string, roleName: string): void {
    this.#denied.delete(`${service} ${roleName}`);
  }

  /** From now on the service answers everybody that it has failed. */
  fail(service: string): void {
    this.#failing.add(service);
  }

  mend(service: string): void {
    this.#failing.delete(service);
  }

  /** Listens and returns the URL. Somebody may take a free port first: then with another one. */
  async start(): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      try {
        this.#server = await listen((request, response) => this.#serve(request, response), port);
        return `http://127.0.0.1:${port}`;
      } catch (error) {
        if (attempt === attempts) throw error;
      }
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const answer = await this.#answer(incoming, requestId);
    response.writeHead(answer.status, { ...answer.headers, "x-amzn-requestid": requestId });
    response.end(incoming.method === "HEAD" ? undefined : answer.body);
  }

  async #answer(incoming: IncomingMessage, requestId: string): Promise<EndpointAnswer> {
    const [first] = this.#options.protocols;
    let protocol: EndpointProtocol = first;
    try {
      const request = await receive(incoming);
      protocol = this.#protocolOf(request) ?? first;
      const { session, service } = await checkSignature(request, {
        region: this.#options.region,
        find: (accessKeyId) => this.#options.sessions.find(accessKeyId),
      });
      if (service !== protocol.service)
        throw new AwsError("NotImplemented", `the service "${service}" is not simulated`, 501);
      this.#refuseDenied(service, session);
      if (this.#failing.has(service)) throw new AwsError("ServiceUnavailable", `${service} is down`, 503);
      return await protocol.answer({ ...request, session });
    } catch (error) {
      return protocol.refuse(asAwsError(error), requestId);
    }
  }

  #refuseDenied(service: string, { role }: Session): void {
    if (this.#denied.has(`${service} ${role?.split("/").at(-1)}`))
      throw new AwsError("AccessDeniedException", `${role} is not allowed to use ${service}`, 403);
  }

  /** By the service in the credential scope. */
  #protocolOf({ headers, query }: ReceivedRequest): EndpointProtocol | undefined {
    const credential =
      headers.authorization?.split("Credential=")[1] ?? [query["X-Amz-Credential"]].flat()[0];
    const service = credential?.split("/")[3];
    return this.#protocols.find((protocol) => protocol.service === service);
  }
}

/** A malformed input is the caller's error; anything unknown is ours, and said. */
function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof z.ZodError) return new AwsError("ValidationException", z.prettifyError(error), 400);
  if (error instanceof SyntaxError) return new AwsError("SerializationException", error.message, 400);
  return new AwsError("InternalFailure", error instanceof Error ? error.message : String(error), 500);
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function listen(handler: Handler, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeoutBuffer: keptMilliseconds }, handler);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const [path = "/", search = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
  const headers = Object.entries(incoming.headersDistinct).map(([name, values]) => [
    name,
    values?.join(",") ?? "",
  ]);
  return {
    method: incoming.method ?? "GET",
    path,
    query: parseQuery(search),
    headers: Object.fromEntries(headers),
    body: await bodyOf(incoming),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new AwsError("EntityTooLarge", `more than ${largestBody} bytes`, 400);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Percent-decoding only: a plus is a plus, as in what was signed. */
function parseQuery(search: string): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const pair of search.split("&").filter(Boolean)) {
    const [name = "", value = ""] = pair.split(/=(.*)/s).map(decode);
    const old = query[name];
    query[name] = old === undefined ? value : [old, value].flat();
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError("InvalidURI", "the query is not well encoded", 400);
  }
}
