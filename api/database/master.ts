import type { DatabaseTarget } from "./connection.ts";
import type { Pools } from "./pools.ts";

/** A member's role on a yacht, and where the yacht's rows are. */
export interface Route extends DatabaseTarget {
  readonly role: string;
  readonly tenant: string;
}

export interface TenantTarget extends DatabaseTarget {
  readonly tenant: string;
}

/** What is needed to verify a signature. */
export interface Signer {
  /** argon2id, PHC string. */
  readonly pin_hash: string;
  /** The TOTP secret, sealed with the signer key. */
  readonly totp_sealed: string;
  /** ISO 8601; null when not locked out. */
  readonly locked_until: string | null;
}

/** What a user may know of the own enrolment as a signer. */
export interface SignerState {
  readonly enrolled: boolean;
  /** Started, and not yet confirmed. */
  readonly pending: boolean;
  /** ISO 8601; null when not locked out. */
  readonly locked_until: string | null;
}

/** An enrolment as it is started: what will verify signatures once it is confirmed. */
export interface NewEnrolment {
  readonly pin_hash: string;
  readonly totp_sealed: string;
  /** The user has signed with the enrolment that this one replaces. */
  readonly signed: boolean;
}

/** What the API asks of the MASTER database; it reads no table there. Each is committed at once. */
export interface Master {
  /** Undefined: not a member, or no such yacht. */
  route(userId: string, yachtId: string): Promise<Route | undefined>;
  tenants(): Promise<TenantTarget[]>;
  /** Undefined: not enrolled. */
  signer(userId: string): Promise<Signer | undefined>;
  /** False: the step was spent before. */
  useTotpStep(userId: string, step: number): Promise<boolean>;
  recordSignatureAttempt(userId: string, succeeded: boolean): Promise<{ locked_until: string | null }>;
  /** Undefined: a member of no yacht. */
  signerState(userId: string): Promise<SignerState | undefined>;
  /** Undefined: the user is enrolled, and has not signed. */
  startEnrolment(
    userId: string,
    enrolment: NewEnrolment,
  ): Promise<{ id: string; expires_at: string } | undefined>;
  pendingEnrolment(userId: string): Promise<{ id: string; totp_sealed: string } | undefined>;
  /** False: gone, expired, overtaken or locked out. */
  confirmEnrolment(userId: string, id: string, step: number): Promise<boolean>;
}

/** Throws as the pools do. */
export function createMaster(pools: Pools, target: DatabaseTarget): Master {
  const ask = async <Result>(name: string, ...values: readonly unknown[]): Promise<Result> => {
    const places = values.map((_, index) => `$${index + 1}`).join(", ");
    const text = `select part_lens.${name}(${places}) as result`;
    const rows = await pools.query<{ result: Result }>(target, `master_${name}`, text, values);
    return rows[0]?.result as Result;
  };
  return {
    route: async (userId, yachtId) => (await ask<Route | null>("route", userId, yachtId)) ?? undefined,
    tenants: () => ask("tenants"),
    signer: async (userId) => (await ask<Signer | null>("signer", userId)) ?? undefined,
    useTotpStep: (userId, step) => ask("use_totp_step", userId, step),
    recordSignatureAttempt: (userId, succeeded) => ask("record_signature_attempt", userId, succeeded),
    signerState: async (userId) => (await ask<SignerState | null>("signer_state", userId)) ?? undefined,
    startEnrolment: async (userId, { pin_hash, totp_sealed, signed }) =>
      (await ask<{ id: string; expires_at: string } | null>(
        "start_enrolment",
        userId,
        pin_hash,
        totp_sealed,
        signed,
      )) ?? undefined,
    pendingEnrolment: async (userId) =>
      (await ask<{ id: string; totp_sealed: string } | null>("pending_enrolment", userId)) ?? undefined,
    confirmEnrolment: (userId, id, step) => ask("confirm_enrolment", userId, id, step),
  };
}
