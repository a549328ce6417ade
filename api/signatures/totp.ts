import { Secret, TOTP } from "otpauth";

const periodSeconds = 30;
/** One step early or late: clocks differ and people type. */
const window = 1;

/**
 * The step (counted in 30 s since the epoch) whose code this is, or null when it is none of the three that count
 * now. RFC 6238, SHA-1, six digits. The secret is base32; the caller must refuse a step that was used.
 */
export function totpStep(secret: string, code: string, now: number): number | null {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: periodSeconds });
  const delta = totp.validate({ token: code, timestamp: now, window });
  return delta === null ? null : Math.floor(now / 1000 / periodSeconds) + delta;
}
