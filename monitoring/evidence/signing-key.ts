import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { hasLowS, withLowS } from "./ecdsa-signature.ts";

/** Who vouches for a bundle: an operator's key file, or a key in KMS that nobody can read. */
export interface EvidenceSigner {
  /** SubjectPublicKeyInfo as PEM. */
  publicKey(): Promise<string>;
  /** ECDSA over SHA-256, in DER. */
  sign(content: Uint8Array): Promise<Uint8Array>;
}

/** A key that is not there, is not readable, or is of another kind. */
export class UnusableKeyError extends Error {
  override readonly name = "UnusableKeyError";
}

export const keyAlgorithm = "ECDSA_P256_SHA256";

/** Signs with a PEM file that holds a private key on P-256. Throws an UnusableKeyError. */
export function keyFileSigner(path: string): EvidenceSigner {
  const key = keyOf(path, createPrivateKey);
  return {
    publicKey: async () => pemOf(createPublicKey(key)),
    sign: async (content) => withLowS(sign("sha256", content, key)),
  };
}

/** The public key in a PEM file, in the one way that PEM is written here. Throws an UnusableKeyError. */
export function publicKeyFile(path: string): string {
  return pemOf(keyOf(path, createPublicKey));
}

/** The public key of that PEM text; undefined unless it is on P-256 and written as we write it, to the byte. */
export function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return isP256(key) && pemOf(key) === pem ? key : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of the key itself, lower-case hex: what an operator compares by eye. */
export function fingerprintOf(pem: string): string {
  return hash("sha256", createPublicKey(pem).export({ type: "spki", format: "der" }), "hex");
}

/** Whether the key has made that signature; the one of its two forms that we write. */
export function isSignedBy(key: KeyObject, content: Uint8Array, signature: Uint8Array): boolean {
  return hasLowS(signature) && verify("sha256", content, key, signature);
}

function keyOf(path: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    const key = read(readFileSync(path, "utf8"));
    if (isP256(key)) return key;
  } catch (cause) {
    throw new UnusableKeyError(`${path} is no key that can be read: ${(cause as Error).message}`, { cause });
  }
  throw new UnusableKeyError(`${path} is no key on the curve P-256`);
}

function isP256({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  return asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1";
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}
