import { hashPin } from "./pin.ts";
import type { Sealer } from "./sealed-secret.ts";

export interface Enrolment {
  readonly userId: string;
  readonly pin: string;
  /** Base32. */
  readonly totpSecret: string;
}

/** What MASTER keeps of a signer, as its function enrol_signer takes it. */
export interface EnrolledSigner {
  readonly pin_hash: string;
  readonly totp_sealed: string;
}

/** Hashes the PIN and seals the secret; neither can be read back from what this returns without the key. */
export async function enrolSigner(sealer: Sealer, enrolment: Enrolment): Promise<EnrolledSigner> {
  const [pinHash, totpSealed] = await Promise.all([
    hashPin(enrolment.pin),
    sealer.seal(enrolment.userId, enrolment.totpSecret),
  ]);
  return { pin_hash: pinHash, totp_sealed: totpSealed };
}
