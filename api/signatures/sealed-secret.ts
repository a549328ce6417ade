import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

/**
 * Encrypts a signer's TOTP secret at rest. The user's id is bound to the text: a sealed secret that is moved to
 * another user does not open. `open` throws when the text was changed, moved or sealed with another key.
 */
export interface Sealer {
  seal(userId: string, secret: string): Promise<string>;
  open(userId: string, sealed: string): Promise<string>;
}

const scheme = "aes-256-gcm";
const label = "key-file";

/** Seals with a key of 32 bytes, base64 in a file: for one machine; in AWS it is KMS. The file is read once. */
export function keyFileSealer(path: string): Sealer {
  let key: Promise<Buffer> | undefined;
  const loaded = () => {
    key ??= readKey(path);
    return key;
  };
  return {
    seal: async (userId, secret) => encrypt(await loaded(), userId, secret),
    open: async (userId, sealed) => decrypt(await loaded(), userId, sealed),
  };
}

async function readKey(path: string): Promise<Buffer> {
  const key = Buffer.from(await readFile(path, "utf8"), "base64");
  if (key.length !== 32) throw new Error("the signer key file must hold 32 bytes in base64");
  return key;
}

function encrypt(key: Buffer, userId: string, secret: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(scheme, key, nonce).setAAD(Buffer.from(userId));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return [label, ...[nonce, cipher.getAuthTag(), body].map((part) => part.toString("base64url"))].join(".");
}

function decrypt(key: Buffer, userId: string, sealed: string): string {
  const [kind, ...parts] = sealed.split(".");
  const [nonce, tag, body] = parts.map((part) => Buffer.from(part, "base64url"));
  if (kind !== label || !nonce || !tag || !body) throw new Error("the secret was not sealed with a key file");
  const decipher = createDecipheriv(scheme, key, nonce, { authTagLength: 16 }).setAAD(Buffer.from(userId));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
}
