/** PostgreSQL's protocol, version 3, as far as a sign-in goes. Source: PostgreSQL, "Frontend/Backend Protocol". */
import { once } from "node:events";
import type { Readable } from "node:stream";

/** What the first packet of a connection says instead of a version. */
export const startCodes = { cancel: 80877102, tls: 80877103, gss: 80877104 } as const;

/** What a server asks for, or that it asks no more. */
export const authentication = { ok: 0, cleartext: 3, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

export interface Message {
  readonly type: string;
  readonly body: Buffer;
  /** The whole, as it came. */
  readonly bytes: Buffer;
}

/** No message of a sign-in is longer. A token of IAM has about 1,500 characters. */
const longest = 65_535;

/** Exactly so many bytes; throws when the stream ends before. The stream is left paused. */
async function take(stream: Readable, size: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = stream.read(size);
    if (bytes?.length === size) return bytes;
    if (bytes || stream.readableEnded || stream.destroyed) throw new Error("the connection ended");
    await Promise.race([once(stream, "readable"), once(stream, "close")]);
  }
}

async function rest(stream: Readable, length: Buffer): Promise<Buffer> {
  const size = length.readInt32BE(0) - length.length;
  if (size < 0 || size > longest) throw new Error(`a message of ${size} bytes is none of a sign-in`);
  return size === 0 ? Buffer.alloc(0) : take(stream, size);
}

/** The first message of a connection, which has no type. */
export async function readPacket(stream: Readable): Promise<Omit<Message, "type">> {
  const length = await take(stream, 4);
  const body = await rest(stream, length);
  return { body, bytes: Buffer.concat([length, body]) };
}

export async function readMessage(stream: Readable): Promise<Message> {
  const type = await take(stream, 1);
  const length = await take(stream, 4);
  const body = await rest(stream, length);
  return { type: type.toString("latin1"), body, bytes: Buffer.concat([type, length, body]) };
}

export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const authenticationMessage = (kind: number) => message("R", int32(kind));

/** A fatal refusal with its SQLSTATE. */
export function refusal(code: string, text: string): Buffer {
  const fields = { S: "FATAL", V: "FATAL", C: code, M: text };
  const written = Object.entries(fields).map(([field, value]) => `${field}${value}\0`);
  return message("E", Buffer.from(`${written.join("")}\0`));
}

/** What the client's first message says: user, database, settings. */
export function startupParameters({ body }: Pick<Message, "body">): ReadonlyMap<string, string> {
  const words = body.subarray(4).toString().split("\0");
  const found = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at]; at += 2) found.set(words[at]!, words[at + 1]!);
  return found;
}
