import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTokenVerifier } from "../../api/token-verifier.ts";

const issuer = "https://issuer.test";
const audience = "part-lens";
const userId = "0d8f3a52-6a7e-4b8e-9a53-0a8f5c1f2b11";

const directory = mkdtempSync(join(tmpdir(), "part-lens-jwks-"));
let trusted: CryptoKey;
let jwks: string;
let keySet: string;

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  trusted = pair.privateKey;
  const path = join(directory, "jwks.json");
  keySet = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "EdDSA" }] });
  writeFileSync(path, keySet);
  jwks = pathToFileURL(path).href;
});
afterAll(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

function token(
  changes: Record<string, unknown> = {},
  key: CryptoKey = trusted,
  header: Record<string, string> = {},
) {
  const claims = {
    iss: issuer,
    aud: audience,
    sub: userId,
    exp: Math.floor(Date.now() / 1000) + 60,
    ...changes,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", kid: "k1", ...header }).sign(key);
}

test("a token that is right names its user", async () => {
  expect(await createTokenVerifier({ jwks, issuer, audience })(await token())).toBe(userId);
});

test("the keys may come with the URI itself: other keys verify nothing, and what is no key set ends the start", async () => {
  const uri = (text: string) => `data:application/json;base64,${Buffer.from(text).toString("base64")}`;
  const rules = { issuer, audience };
  expect(await createTokenVerifier({ ...rules, jwks: uri(keySet) })(await token())).toBe(userId);
  const others = createTokenVerifier({ ...rules, jwks: uri('{"keys":[]}') });
  await expect(others(await token())).rejects.toMatchObject({ code: "unauthenticated" });
  for (const wrong of ["no json", '{"key":[]}']) {
    expect(() => createTokenVerifier({ ...rules, jwks: uri(wrong) })).toThrow();
  }
});

test.each([
  ["another issuer", { iss: "https://other.test" }],
  ["another audience", { aud: "other" }],
  ["no subject", { sub: undefined }],
  ["a subject that is no uuid", { sub: "root" }],
  ["no expiry", { exp: undefined }],
  ["expired", { exp: 1 }],
])("%s: unauthenticated", async (_, changes) => {
  const verify = createTokenVerifier({ jwks, issuer, audience });
  await expect(verify(await token(changes))).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a foreign key, an unknown key id, no algorithm and no token at all: unauthenticated", async () => {
  const verify = createTokenVerifier({ jwks, issuer, audience });
  const foreign = (await generateKeyPair("EdDSA")).privateKey;
  const claims = Buffer.from(JSON.stringify({ iss: issuer, aud: audience, sub: userId, exp: 9e9 })).toString(
    "base64url",
  );
  const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`;
  const tokens = [
    await token({}, foreign),
    await token({}, trusted, { kid: "k2" }),
    unsigned,
    "x",
    "x".repeat(9000),
  ];
  for (const bad of tokens) await expect(verify(bad)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a verified token is remembered, but not beyond its expiry", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const verify = createTokenVerifier({ jwks, issuer, audience });
  const mine = await token();
  await verify(mine);
  vi.setSystemTime(Date.now() + 59_000);
  expect(await verify(mine)).toBe(userId);
  vi.setSystemTime(Date.now() + 2_000);
  await expect(verify(mine)).rejects.toMatchObject({ code: "unauthenticated" });
  vi.useRealTimers();
});

test("keys that cannot be had are a dependency that is down, and are asked for again", async () => {
  const path = join(directory, "later.json");
  const verify = createTokenVerifier({ jwks: pathToFileURL(path).href, issuer, audience });
  await expect(verify(await token())).rejects.toMatchObject({ code: "dependency_unavailable" });
  writeFileSync(path, JSON.stringify({ keys: [] }));
  await expect(verify(await token())).rejects.toMatchObject({ code: "unauthenticated" });
});
