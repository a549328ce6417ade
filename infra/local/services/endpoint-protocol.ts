/** What the protocols of the local AWS endpoint share: requests, answers, XML. */
import type { AwsError } from "./aws-error.ts";
import type { Session } from "./session-service.ts";
import type { ReceivedRequest } from "./signature-check.ts";

export interface SignedRequest extends ReceivedRequest {
  /** Who signed it. */
  readonly session: Session;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** One service behind the endpoint. */
export interface EndpointProtocol {
  /** The name requests are signed for. */
  readonly service: string;
  answer(request: SignedRequest): Promise<EndpointAnswer>;
  /** An error in the words of the service's protocol. */
  refuse(error: AwsError, requestId: string): EndpointAnswer;
}

/** Text content, or the elements inside; undefined elements are left out. */
export type XmlContent = string | number | readonly string[];

/** One element with its text escaped; content that is an array holds elements made here. */
export function xml(tag: string, content: XmlContent): string {
  const inner = typeof content === "object" ? content.join("") : escaped(String(content));
  return `<${tag}>${inner}</${tag.split(" ")[0]}>`;
}

export function xmlAnswer(status: number, root: string): EndpointAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;
  return { status, headers: { "content-type": "application/xml" }, body };
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): EndpointAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** The error document of the query protocol (STS, SNS). */
export function queryRefusal(error: AwsError, requestId: string): EndpointAnswer {
  const type = error.status < 500 ? "Sender" : "Receiver";
  const detail = xml("Error", [xml("Type", type), xml("Code", error.code), xml("Message", error.message)]);
  return xmlAnswer(error.status, xml("ErrorResponse", [detail, xml("RequestId", requestId)]));
}

/** The members of a query protocol's list: `Tags.member.1.Key` … as one record per number. */
export function queryList(form: URLSearchParams, name: string): readonly Readonly<Record<string, string>>[] {
  const list: Record<string, string>[] = [];
  for (const [key, value] of form) {
    const match = new RegExp(`^${name}\\.member\\.(\\d+)\\.(\\w+)$`).exec(key);
    if (!match) continue;
    const [, number, field] = match as unknown as [string, string, string];
    const index = Number(number) - 1;
    list[index] = { ...list[index], [field]: value };
  }
  return list;
}

function escaped(text: string): string {
  const entities: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };
  return text.replace(/[<>&"]/g, (sign) => entities[sign] as string);
}
