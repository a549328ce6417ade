import type { Master, Signer } from "../database/master.ts";
import type { SignatureEvidence } from "../database/scope.ts";
import { ApiError } from "../errors.ts";
import type { Signature } from "../fields.ts";
import { pinMatches } from "./pin.ts";
import type { Sealer } from "./sealed-secret.ts";
import { totpStep } from "./totp.ts";

/** The signers in MASTER. Each call commits by itself: what it records outlives the action that follows. */
export type SignerStore = Pick<Master, "signer" | "useTotpStep" | "recordSignatureAttempt">;

/** What the audit log keeps of a signature: that it was verified, never the PIN or the code. Source: domain.md. */
export interface Evidence extends SignatureEvidence {
  readonly verified: true;
}

export interface Signing {
  readonly userId: string;
  readonly role: string;
  readonly payloadHash: string;
  readonly signature: Signature;
  /**
   * Asked before a right PIN and code with a spent step are recorded as a wrong try: throws the answer when this very
   * request was executed with it.
   */
  readonly stepSpent?: () => Promise<void>;
}

export type Verify = (signing: Signing) => Promise<Evidence>;

/**
 * Verifies PIN and TOTP, both whatever the other says. Throws signature_rejected (wrong, replayed or not enrolled)
 * or signature_locked. The lock is read again after the step is taken, so that guesses made side by side are
 * bounded like guesses made one by one.
 */
export function createVerification(store: SignerStore, sealer: Sealer): Verify {
  return async (signing) => {
    const signer = await store.signer(signing.userId);
    if (!signer) throw new ApiError("signature_rejected");
    refuseLocked(signer.locked_until);
    const now = Date.now();
    const step = await matchingStep(sealer, signer, signing, now);
    const accepted = step !== null && (await store.useTotpStep(signing.userId, step));
    if (step !== null && !accepted) await signing.stepSpent?.();
    const { locked_until } = await store.recordSignatureAttempt(signing.userId, accepted);
    if (!accepted) throw new ApiError("signature_rejected");
    refuseLocked(locked_until);
    return evidenceOf(signing, step, now);
  };
}

async function matchingStep(sealer: Sealer, signer: Signer, signing: Signing, now: number) {
  const { userId, signature } = signing;
  const [pinIsRight, secret] = await Promise.all([
    pinMatches(signature.pin, signer.pin_hash),
    sealer.open(userId, signer.totp_sealed),
  ]);
  const step = totpStep(secret, signature.totp, now);
  return pinIsRight ? step : null;
}

/** Throws signature_locked, with the time that is left, unless that time has passed. */
export function refuseLocked(until: string | null): void {
  const left = until ? Date.parse(until) - Date.now() : 0;
  if (left > 0) throw new ApiError("signature_locked", { retryAfterSeconds: Math.ceil(left / 1000) });
}

function evidenceOf(signing: Signing, step: number, now: number): Evidence {
  return {
    verified: true,
    method: "pin+totp",
    step,
    verified_at: new Date(now).toISOString(),
    role: signing.role,
    payload_sha256: signing.payloadHash,
  };
}
