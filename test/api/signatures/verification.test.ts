import { Secret, TOTP } from "otpauth";
import { beforeAll, expect, test } from "vitest";
import { enrolSigner } from "../../../api/signatures/enrolment.ts";
import type { Sealer } from "../../../api/signatures/sealed-secret.ts";
import { createVerification, type SignerStore } from "../../../api/signatures/verification.ts";

const secret = new Secret({ size: 20 });
const plain: Sealer = { seal: async (_, text) => text, open: async (_, text) => text };
const later = new Date(Date.now() + 24 * 3_600_000).toISOString();
let signer: { pin_hash: string; totp_sealed: string };

beforeAll(async () => {
  signer = await enrolSigner(plain, { userId: "u", pin: "4711", totpSecret: secret.base32 });
});

/** A store that keeps what it is told; `changes` replace its answers. */
function storeWith(changes: Partial<SignerStore> = {}) {
  const attempts: boolean[] = [];
  const steps: number[] = [];
  const store: SignerStore = {
    signer: async () => ({ ...signer, locked_until: null }),
    useTotpStep: async (_, step) => steps.push(step) === 1,
    recordSignatureAttempt: async (_, succeeded) => {
      attempts.push(succeeded);
      return { locked_until: null };
    },
    ...changes,
  };
  return { verify: createVerification(store, plain), attempts, steps };
}

const signing = (pin = "4711") => ({
  userId: "u",
  role: "captain",
  payloadHash: "0".repeat(64),
  signature: { pin, totp: new TOTP({ secret }).generate() },
});

test("a right signature is evidence of what was verified, without PIN and code", async () => {
  const { verify, attempts } = storeWith();
  const asked = signing();
  const evidence = await verify(asked);
  expect(evidence).toMatchObject({
    verified: true,
    method: "pin+totp",
    role: "captain",
    payload_sha256: asked.payloadHash,
  });
  expect(Object.values(evidence)).not.toContain(asked.signature.totp);
  expect(attempts).toEqual([true]);
});

test("a wrong PIN spends no step, and the try is recorded before anyone is answered", async () => {
  const { verify, attempts, steps } = storeWith();
  await expect(verify(signing("4712"))).rejects.toMatchObject({ code: "signature_rejected" });
  expect([attempts, steps]).toEqual([[false], []]);
});

test("a lock that came while this signature was verified counts, however right it is", async () => {
  const { verify } = storeWith({ recordSignatureAttempt: async () => ({ locked_until: later }) });
  await expect(verify(signing())).rejects.toMatchObject({ code: "signature_locked" });
});

test("while locked nothing is verified, spent or recorded", async () => {
  const { verify, attempts, steps } = storeWith({ signer: async () => ({ ...signer, locked_until: later }) });
  await expect(verify(signing())).rejects.toMatchObject({ code: "signature_locked" });
  expect([attempts, steps]).toEqual([[], []]);
});

test("a failed try that cannot be recorded is no answer: nothing may be guessed for free", async () => {
  const down = new Error("MASTER is down");
  const { verify } = storeWith({ recordSignatureAttempt: () => Promise.reject(down) });
  await expect(verify(signing("4712"))).rejects.toBe(down);
});
