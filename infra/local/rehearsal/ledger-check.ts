import type { TenantQuery } from "../../../monitoring/database-checks.ts";
import type { Observations } from "./observations.ts";

/** The ledger against its cache and against what the users were told. All zero: nothing lost, nothing doubled. */
export interface LedgerCheck {
  readonly rows: number;
  /** Stock rows whose cache is not the sum of the ledger. */
  readonly mismatches: number;
  /** Answered with success, and not in the ledger exactly once. */
  readonly lost: number;
  /** In the ledger although no success was answered, requests without a clear answer excluded. */
  readonly unasked: number;
}

const mismatches = "select count(*)::int as count from part_lens.ledger_mismatches";
const transactions =
  "select id, request_id from part_lens.pms_inventory_transactions where transaction_type <> 'opening'";

export async function checkLedger(
  query: TenantQuery,
  tenants: readonly string[],
  { accepted, unanswered }: Pick<Observations, "accepted" | "unanswered">,
): Promise<LedgerCheck> {
  const seen = new Map<string, number>();
  let differing = 0;
  let unasked = 0;
  for (const tenant of tenants) {
    differing += Number((await query(tenant, mismatches))[0]?.count);
    for (const { id, request_id } of await query(tenant, transactions)) {
      seen.set(String(id), (seen.get(String(id)) ?? 0) + 1);
      if (!accepted.has(String(id)) && !unanswered.has(String(request_id))) unasked += 1;
    }
  }
  const lost = [...accepted].filter((id) => seen.get(id) !== 1).length;
  return { rows: seen.size, mismatches: differing, lost, unasked };
}
