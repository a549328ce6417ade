/** An HTTP request as the event that an HTTP API gives a function (payload format 2.0), and the answer back. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Content that the gateway hands on as text; anything else is base64. */
const textual = /^text\/|json|xml|javascript|x-www-form-urlencoded/i;

/** The API that the request came in through. */
export interface Gateway {
  readonly apiId: string;
  readonly accountId: string;
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && name !== "cookie")
      headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return headers;
}

function queryOf(text: string): Record<string, string> | undefined {
  if (text === "") return undefined;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    query[name] = name in query ? `${query[name]},${value}` : value;
  }
  return query;
}

function bodyOf(body: Buffer, contentType: string | undefined) {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = contentType === undefined || textual.test(contentType);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

function pathOf(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function gatewayEvent(
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  gateway: Gateway,
): object {
  const [path = "/", query = ""] = splitOnce(request.url ?? "/", "?");
  const headers = headersOf(request);
  const cookies = request.headers.cookie?.split("; ");
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: pathOf(path),
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    ...(query !== "" && { queryStringParameters: queryOf(query) }),
    requestContext: {
      accountId: gateway.accountId,
      apiId: gateway.apiId,
      domainName: headers.host ?? "",
      domainPrefix: gateway.apiId,
      http: {
        method: request.method ?? "GET",
        path: pathOf(path),
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(body, headers["content-type"]),
  };
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

interface Answer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** Writes a function's answer and returns its status. An answer without a status is a 200 with it as JSON. */
export function writeAnswer(answer: unknown, response: ServerResponse): number {
  const isAnswer = answer !== null && typeof answer === "object" && "statusCode" in answer;
  const plain: Answer = isAnswer
    ? (answer as Answer)
    : { headers: { "content-type": "application/json" }, body: JSON.stringify(answer ?? null) };
  const status = plain.statusCode ?? 200;
  const body = Buffer.from(plain.body ?? "", plain.isBase64Encoded ? "base64" : "utf8");
  for (const [name, value] of Object.entries(plain.headers ?? {})) response.setHeader(name, String(value));
  if (plain.cookies) response.setHeader("set-cookie", [...plain.cookies]);
  response.setHeader("content-length", body.length);
  response.writeHead(status);
  response.end(body);
  return status;
}
