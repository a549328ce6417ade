/**
 * The child process of one version of a function: loads the very bundle that goes to Lambda, answers invocations
 * by IPC, and stands in for the HTTP API on a port. It ends when its parent does.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { childVariables, type FromChild, flushMark, type ToChild } from "./function-message.ts";
import { gatewayEvent, writeAnswer } from "./gateway-event.ts";
import type { SharedPort } from "./shared-port.ts";

type Handler = (event: unknown, context: object) => Promise<unknown>;

interface Front {
  readonly server: Server;
  readonly apiId: string;
  qualifier: string;
  draining: boolean;
}

const settings = readSettings();
const fronts = new Map<number, Front>();
const served: { status: number; error: boolean }[] = [];
const answering = new Set<Promise<void>>();
/**
 * How much longer than it says (5 s) a connection is kept that nobody uses. Where either process is starved of its processor,
 * a client would send its next request on a connection that is being closed, and get no answer.
 */
const keptMilliseconds = 60_000;
/** Of a version that is replaced they are kept this much longer than it says. */
const graceMilliseconds = 1_000;
/** What a function has, after its last answer, to close what it holds. */
const endMilliseconds = 2_000;

function readSettings() {
  const take = (name: string) => {
    const value = process.env[name] ?? "";
    delete process.env[name];
    return value;
  };
  return {
    handler: take(childVariables.handler),
    bundle: take(childVariables.bundle),
    timeout: Number(take(childVariables.timeout)),
    arn: take(childVariables.arn),
  };
}

function send(message: FromChild): void {
  if (process.connected) process.send?.(message);
}

async function loadHandler(): Promise<Handler> {
  const [file = "index", name = "handler"] = settings.handler.split(".");
  const path = [".mjs", ".js", ".cjs"].map((end) => join(settings.bundle, file + end)).find(existsSync);
  if (path === undefined) throw new Error(`the bundle has no ${file}.mjs`);
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const handler = module[name];
  if (typeof handler !== "function") throw new Error(`${file} exports no function "${name}"`);
  return handler as Handler;
}

class TimedOut extends Error {
  override readonly name = "Sandbox.Timedout";
}

/** Calls the handler with Lambda's context. A handler over its time fails, as on Lambda. */
async function call(handler: Handler, event: unknown, qualifier: string | undefined, requestId: string) {
  const end = Date.now() + settings.timeout;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const failure = () =>
    reject(new TimedOut(`Task timed out after ${(settings.timeout / 1000).toFixed(2)} seconds`));
  const timer = setTimeout(failure, settings.timeout);
  const context = {
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: qualifier === undefined ? settings.arn : `${settings.arn}:${qualifier}`,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
  };
  try {
    return await Promise.race([handler(event, context), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What Lambda returns for a function that threw. */
function failurePayload(error: unknown) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { errorType: name, errorMessage: message, trace: stack?.split("\n") ?? [] };
}

async function invoke(handler: Handler, message: Extract<ToChild, { host: "invoke" }>): Promise<void> {
  try {
    const payload = await call(handler, message.event, message.qualifier, randomUUID());
    send({ host: "done", id: message.id, payload: payload ?? null });
  } catch (error) {
    console.error(error);
    send({ host: "done", id: message.id, payload: failurePayload(error), functionError: "Unhandled" });
  }
}

/** One message for all the requests answered in a turn of the event loop. */
function reportServed(status: number, error: boolean): void {
  if (served.push({ status, error }) === 1) {
    setImmediate(() => send({ host: "served", answers: served.splice(0) }));
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function answer(handler: Handler, front: Front, request: IncomingMessage, response: ServerResponse) {
  const body = await readBody(request);
  const requestId = randomUUID();
  const event = gatewayEvent(request, body, requestId, { apiId: front.apiId, accountId: "000000000000" });
  let result: unknown = { statusCode: 500, body: '{"message":"Internal Server Error"}' };
  let error = false;
  try {
    result = await call(handler, event, front.qualifier, requestId);
  } catch (failure) {
    console.error(failure);
    error = true;
  }
  if (front.draining) response.setHeader("connection", "close");
  reportServed(writeAnswer(result, response), error);
}

/** A connection kept open from before the switch: its request goes to the version that has taken the port over. */
function forward(port: number, request: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = request;
  const target = { host: "127.0.0.1", port, method, path: url, headers, agent: false };
  const onward = httpRequest(target as object, (incoming) => {
    response.writeHead(incoming.statusCode ?? 502, { ...incoming.headers, connection: "close" });
    incoming.pipe(response);
  });
  onward.on("error", () => response.writeHead(502, { connection: "close" }).end());
  request.pipe(onward);
}

async function listen(
  handler: Handler,
  message: Extract<ToChild, { host: "listen" }>,
  socket: SharedPort | undefined,
): Promise<void> {
  const known = fronts.get(message.port);
  if (known) {
    known.qualifier = message.qualifier;
    socket?.close();
    return;
  }
  const server = createServer({ keepAliveTimeoutBuffer: keptMilliseconds });
  const front: Front = { server, apiId: message.apiId, qualifier: message.qualifier, draining: false };
  server.on("request", (request, response) => {
    if (front.draining) return forward(message.port, request, response);
    const answered = answer(handler, front, request, response).catch((error) => {
      response.destroy(error as Error);
    });
    answering.add(answered);
    answered.finally(() => answering.delete(answered));
  });
  fronts.set(message.port, front);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, 1024, resolve);
  });
}

/** Takes no new connection; what comes on open ones is forwarded, until the last of them is closed. */
function drain({ port }: Extract<ToChild, { host: "drain" }>): void {
  const front = fronts.get(port);
  if (!front) {
    send({ host: "drained", port });
    return;
  }
  front.draining = true;
  fronts.delete(port);
  // Node's close() would also cut idle connections, on which a request may be under way. Those on which none has come
  // when every client should have closed them are cut then.
  const { server } = front;
  const cutIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => undefined;
  const late = setTimeout(cutIdle, server.keepAliveTimeout + graceMilliseconds);
  server.close(() => {
    clearTimeout(late);
    send({ host: "drained", port });
  });
}

async function onMessage(handler: Handler, message: ToChild, socket: SharedPort | undefined): Promise<void> {
  switch (message.host) {
    case "invoke":
      return invoke(handler, message);
    case "listen":
      await listen(handler, message, socket);
      break;
    case "drain":
      drain(message);
      break;
    case "flush":
      send({ host: "served", answers: served.splice(0) });
      process.stdout.write(`${flushMark(message.id)}\n`);
  }
  send({ host: "done", id: message.id });
}

const exit = () => process.exit(0);

/**
 * Takes nothing new, answers what it has begun, and ends. A function that listens to SIGTERM, to close what it holds,
 * takes away the signal's own effect, and the channel to the parent would keep the process alive.
 */
async function end(): Promise<void> {
  for (const { server } of fronts.values()) server.close();
  await Promise.allSettled(answering);
  send({ host: "served", answers: served.splice(0) });
  process.off("disconnect", exit);
  if (process.connected) process.disconnect();
  setTimeout(exit, endMilliseconds).unref();
}

async function start(): Promise<void> {
  process.on("disconnect", exit);
  process.once("SIGTERM", end);
  const handler = await loadHandler();
  process.on("message", (message: ToChild | undefined, socket: unknown) => {
    if (!message?.host) return;
    onMessage(handler, message, socket as SharedPort | undefined).catch((error: unknown) => {
      send({ host: "done", id: message.id, payload: failurePayload(error), functionError: "Runtime" });
    });
  });
  send({ host: "ready" });
}

await start();
