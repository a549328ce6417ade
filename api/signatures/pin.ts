import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(argon2);

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. About 70 ms of a core. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const tagBytes = 32;
const prefix = `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$`;

/** The hash of a PIN as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. */
export async function hashPin(pin: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return `${prefix}${unpadded(salt)}$${unpadded(await tagOf(pin, salt))}`;
}

/** Whether that PIN was hashed. Throws a TypeError when the hash is not one of ours. */
export async function pinMatches(pin: string, pinHash: string): Promise<boolean> {
  const { salt, tag } = parsed(pinHash);
  return timingSafeEqual(await tagOf(pin, salt), tag);
}

function tagOf(pin: string, salt: Buffer): Promise<Buffer> {
  return derive("argon2id", { message: pin, nonce: salt, tagLength: tagBytes, ...cost });
}

// The cost is fixed: a hash that names another one is a mistake, or an attempt to make us work.
function parsed(pinHash: string): { salt: Buffer; tag: Buffer } {
  const [salt, tag] = pinHash.startsWith(prefix) ? pinHash.slice(prefix.length).split("$") : [];
  const parts = { salt: Buffer.from(salt ?? "", "base64"), tag: Buffer.from(tag ?? "", "base64") };
  if (parts.salt.length !== saltBytes || parts.tag.length !== tagBytes) {
    throw new TypeError("the PIN hash is not argon2id with our parameters");
  }
  return parts;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
