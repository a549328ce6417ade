import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTokenVerifier } from "../../../api/token-verifier.ts";
import { Tokens } from "../../../infra/local/rehearsal/tokens.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-tokens-"));
const keyFile = join(directory, "private.jwk.json");
const identity = { issuer: "https://issuer.test", audience: "part-lens" };
const user = "a0000000-0000-4000-8000-000000000001";
const minute = 60_000;
let verify: ReturnType<typeof createTokenVerifier>;

beforeAll(async () => {
  const pair = await generateKeyPair("EdDSA", { extractable: true });
  const head = { kid: "k1", alg: "EdDSA" };
  writeFileSync(keyFile, JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...head }));
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), ...head }] });
  const jwks = `data:application/json;base64,${Buffer.from(keys).toString("base64")}`;
  verify = createTokenVerifier({ ...identity, jwks });
});
afterAll(() => rmSync(directory, { recursive: true }));
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

test("a user keeps one token for a while, and never holds an expired one, however long a rehearsal takes", async () => {
  const tokens = new Tokens(keyFile, identity);
  const first = await tokens.of(user);
  vi.setSystemTime(Date.now() + 29 * minute);
  expect(await tokens.of(user)).toBe(first);
  for (let minutes = 0; minutes < 300; minutes += 20) {
    vi.setSystemTime(Date.now() + 20 * minute);
    expect(await verify(await tokens.of(user))).toBe(user);
  }
  await expect(verify(first)).rejects.toMatchObject({ code: "unauthenticated" });
});
