/** Calls the stock functions of a tenant database as the API does. */
import type pg from "pg";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import type { Pools } from "../../api/database/pools.ts";
import type { Scope } from "../../api/database/scope.ts";
import { userId, type YachtName, yachts } from "./fleet.ts";

export const payloadSha256 = "a".repeat(64);

/** That a signature was verified for that payload. */
export const evidence = {
  method: "pin+totp",
  step: 56_000_000,
  verified_at: "2026-11-23T12:00:00.000Z",
  role: "captain",
  payload_sha256: payloadSha256,
} as const;

export function scopeFor(yacht: YachtName, more: Partial<Scope> = {}): Scope {
  return {
    user_id: userId(yacht, "captain"),
    yacht_id: yachts[yacht],
    role: "captain",
    version: "v2",
    request_id: "request-1",
    payload_sha256: payloadSha256,
    ...more,
  };
}

export type Outcome = Record<string, unknown>;

/** The function's result, or the fields of what it raised. */
export async function outcome(
  pools: Pools,
  target: DatabaseTarget,
  name: string,
  scope: Scope,
  payload: object,
): Promise<Outcome> {
  try {
    return (await pools.call(target, name, scope, payload)) as Outcome;
  } catch (error) {
    const { code, message, detail } = error as pg.DatabaseError;
    // PostgreSQL's own DETAIL, of a deadlock say, is a sentence.
    const parsed = code?.startsWith("PL") && detail !== undefined ? JSON.parse(detail) : detail;
    return { code, message, ...(detail !== undefined && { detail: parsed }) };
  }
}

/** What the integrity views show: all empty when everything holds. */
export async function integrityBreaks(auditor: pg.Client): Promise<Outcome[]> {
  const views = [
    "ledger_mismatches",
    "orphaned_transactions",
    "signed_without_evidence",
    "duplicate_keys",
    "broken_audit_chain",
  ];
  const found = [];
  for (const view of views) {
    const { rows } = await auditor.query(`select '${view}' as view, * from part_lens.${view}`);
    found.push(...rows);
  }
  return found;
}
