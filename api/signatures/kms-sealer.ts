import { DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { ApiError } from "../errors.ts";
import type { Sealer } from "./sealed-secret.ts";

const label = "kms";

/** Seals with a KMS key, the user's id as encryption context. KMS being down is a 503. */
export function kmsSealer(keyArn: string, client: KMSClient = new KMSClient({})): Sealer {
  const contextOf = (userId: string) => ({ user_id: userId });
  return {
    async seal(userId, secret) {
      const plain = { KeyId: keyArn, Plaintext: Buffer.from(secret), EncryptionContext: contextOf(userId) };
      const { CiphertextBlob } = await reached(() => client.send(new EncryptCommand(plain)));
      return `${label}.${Buffer.from(CiphertextBlob ?? []).toString("base64url")}`;
    },
    async open(userId, sealed) {
      const [kind, body] = sealed.split(".");
      if (kind !== label || !body) throw new Error("the secret was not sealed with KMS");
      const blob = Buffer.from(body, "base64url");
      const asked = { KeyId: keyArn, CiphertextBlob: blob, EncryptionContext: contextOf(userId) };
      const { Plaintext } = await reached(() => client.send(new DecryptCommand(asked)));
      return Buffer.from(Plaintext ?? []).toString("utf8");
    },
  };
}

// A sealed text that does not open is our fault; anything else means that KMS could not be asked.
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "InvalidCiphertextException") throw cause;
    throw new ApiError("dependency_unavailable", { cause, retryAfterSeconds: 5 });
  }
}
