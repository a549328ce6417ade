import type { Version } from "../../monitoring/metrics.ts";

/** In whose name, for which yacht and by which version a database function runs: its first argument. */
export interface Scope {
  readonly user_id: string;
  readonly yacht_id: string;
  readonly role: string;
  readonly version: Version;
  readonly request_id: string;
  /** A repeat with the same key keeps the first one. */
  readonly execution_id?: string;
  readonly idempotency_key?: string;
  /** Hex, of the payload without its signature. */
  readonly payload_sha256?: string;
  readonly signature?: SignatureEvidence;
}

/** That a signature was verified: how, at which TOTP step, when, in which role, for which payload. Never PIN or code. */
export interface SignatureEvidence {
  readonly method: "pin+totp";
  readonly step: number;
  /** ISO 8601, UTC. */
  readonly verified_at: string;
  readonly role: string;
  /** Hex; the database refuses evidence for another payload than the scope's. */
  readonly payload_sha256: string;
}

export interface ScopeParts {
  readonly userId: string;
  readonly yachtId: string;
  readonly role: string;
  readonly version: Version;
  readonly requestId: string;
  readonly executionId?: string;
  readonly idempotencyKey?: string;
  readonly payloadSha256?: string;
  readonly signature?: SignatureEvidence;
}

/** Builds the scope; what is not there is left out. */
export function scopeOf(parts: ScopeParts): Scope {
  return {
    user_id: parts.userId,
    yacht_id: parts.yachtId,
    role: parts.role,
    version: parts.version,
    request_id: parts.requestId,
    ...(parts.executionId !== undefined && { execution_id: parts.executionId }),
    ...(parts.idempotencyKey !== undefined && { idempotency_key: parts.idempotencyKey }),
    ...(parts.payloadSha256 !== undefined && { payload_sha256: parts.payloadSha256 }),
    ...(parts.signature !== undefined && { signature: parts.signature }),
  };
}
