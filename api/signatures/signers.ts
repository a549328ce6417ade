/**
 * Users enrol themselves: start with a PIN, put the secret into an authenticator app, confirm with its first code.
 * Only then does the new PIN and secret sign. Who changes an enrolment signs with the old one first.
 */
import { Secret, TOTP } from "otpauth";
import { payloadHash } from "../database/canonical-json.ts";
import type { Master, SignerState } from "../database/master.ts";
import { ApiError } from "../errors.ts";
import type { Signature } from "../fields.ts";
import { enrolSigner } from "./enrolment.ts";
import type { Sealer } from "./sealed-secret.ts";
import { totpStep } from "./totp.ts";
import { refuseLocked, type Verify } from "./verification.ts";

/** What MASTER does for an enrolment; each call commits by itself. */
export type EnrolmentStore = Pick<
  Master,
  "signerState" | "startEnrolment" | "pendingEnrolment" | "confirmEnrolment" | "recordSignatureAttempt"
>;

export interface StartedEnrolment {
  /** For an authenticator app, by QR code; told this once. */
  readonly otpauth_uri: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

/** The enrolments of users as signers. Every method throws no_membership for a member of no yacht. */
export interface Signers {
  state(userId: string): Promise<SignerState>;
  /**
   * Throws signature_locked; signature_required when the user is enrolled and did not sign; what a verification
   * throws. Until it is confirmed the old enrolment stays the one that signs.
   */
  start(userId: string, pin: string, signature: Signature | undefined): Promise<StartedEnrolment>;
  /** Throws signature_locked, enrolment_not_pending, or signature_rejected for a wrong code, which is counted. */
  confirm(userId: string, code: string): Promise<SignerState>;
}

const issuer = "Part Lens";
/** As RFC 4226 recommends for SHA-1. */
const secretBytes = 20;

export function createSigners(store: EnrolmentStore, sealer: Sealer, verify: Verify): Signers {
  const state = async (userId: string) => {
    const found = await store.signerState(userId);
    if (!found) throw new ApiError("no_membership");
    return found;
  };
  const unlocked = async (userId: string) => {
    const found = await state(userId);
    refuseLocked(found.locked_until);
    return found;
  };
  return {
    state,
    async start(userId, pin, signature) {
      const { enrolled } = await unlocked(userId);
      if (enrolled) await signedByOwner(verify, userId, signature);
      const secret = new Secret({ size: secretBytes });
      const kept = await enrolSigner(sealer, { userId, pin, totpSecret: secret.base32 });
      const started = await store.startEnrolment(userId, { ...kept, signed: enrolled });
      if (!started) throw new ApiError("signature_required");
      return { otpauth_uri: uriOf(userId, secret), expires_at: started.expires_at };
    },
    async confirm(userId, code) {
      await unlocked(userId);
      const pending = await store.pendingEnrolment(userId);
      if (!pending) throw new ApiError("enrolment_not_pending");
      const step = totpStep(await sealer.open(userId, pending.totp_sealed), code, Date.now());
      if (step === null) return refusedCode(store, userId);
      if (await store.confirmEnrolment(userId, pending.id, step)) return state(userId);
      await unlocked(userId);
      throw new ApiError("enrolment_not_pending");
    },
  };
}

async function signedByOwner(verify: Verify, userId: string, signature: Signature | undefined) {
  if (!signature) throw new ApiError("signature_required");
  await verify({ userId, role: "signer", signature, payloadHash: payloadHash({ enrol: userId }) });
}

async function refusedCode(store: EnrolmentStore, userId: string): Promise<never> {
  const { locked_until } = await store.recordSignatureAttempt(userId, false);
  refuseLocked(locked_until);
  throw new ApiError("signature_rejected");
}

// The label is the user's id: the API knows no names, and nothing secret may stand in it.
function uriOf(userId: string, secret: Secret): string {
  return new TOTP({ issuer, label: userId, secret, algorithm: "SHA1", digits: 6, period: 30 }).toString();
}
