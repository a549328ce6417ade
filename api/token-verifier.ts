import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createLocalJWKSet, createRemoteJWKSet, type JWTVerifyGetKey, errors as jose, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { ApiError } from "./errors.ts";
import { uuid } from "./fields.ts";

export interface TokenRules {
  /** URI of the key set: https:, file:, or data: with the keys in it. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
}

/** The user a token speaks for. Throws unauthenticated, or dependency_unavailable when the keys cannot be had. */
export type VerifyToken = (token: string) => Promise<string>;

const rememberedTokens = 5_000;
const longestToken = 8_192;
const algorithms = ["EdDSA", "RS256"];
const requiredClaims = ["iss", "aud", "sub", "exp"];

/**
 * Verifies a token once and remembers it, by its hash, until it expires. Throws at once when a data: URI holds no
 * key set.
 */
export function createTokenVerifier(rules: TokenRules): VerifyToken {
  const remembered = new LRUCache<string, { userId: string; expires: number }>({ max: rememberedTokens });
  const keys = keySet(rules.jwks);
  return async (token) => {
    if (token.length > longestToken) throw new ApiError("unauthenticated");
    const digest = hash("sha256", token, "base64");
    const known = remembered.get(digest);
    if (known && known.expires > Date.now()) return known.userId;
    const verified = await verify(token, keys, rules);
    remembered.set(digest, verified);
    return verified.userId;
  };
}

async function verify(token: string, keys: JWTVerifyGetKey, { issuer, audience }: TokenRules) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms, requiredClaims });
    return { userId: uuid.parse(payload.sub), expires: Number(payload.exp) * 1000 };
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError("unauthenticated", { cause });
  }
}

// What the token is to blame for; any other failure to find a key means that the key set is out of reach.
const tokenFaults = [jose.JWKSNoMatchingKey, jose.JWKSMultipleMatchingKeys, jose.JOSENotSupported];

function keySet(uri: string): JWTVerifyGetKey {
  const find = keyFinder(new URL(uri));
  return async (header, token) => {
    try {
      return await find(header, token);
    } catch (cause) {
      if (tokenFaults.some((fault) => cause instanceof fault)) throw cause;
      throw new ApiError("dependency_unavailable", { cause, retryAfterSeconds: 5 });
    }
  };
}

function keyFinder(uri: URL): JWTVerifyGetKey {
  if (uri.protocol === "file:") return fileKeySet(uri);
  if (uri.protocol === "data:") return dataKeySet(uri.href);
  return createRemoteJWKSet(uri);
}

/** The keys of a function that has no way to its identity provider. */
function dataKeySet(uri: string): JWTVerifyGetKey {
  const base64 = uri.slice(uri.indexOf(",") + 1);
  return createLocalJWKSet(JSON.parse(Buffer.from(base64, "base64").toString("utf8")));
}

function fileKeySet(file: URL): JWTVerifyGetKey {
  let loaded: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    loaded ??= readFile(file, "utf8").then((text) => createLocalJWKSet(JSON.parse(text)));
    const keys = await loaded.catch((cause) => {
      loaded = undefined;
      throw cause;
    });
    return keys(header, token);
  };
}
