/** Reads a tenant's ledger and cache as the auditor, in one snapshot. */
import type { ClientBase } from "pg";
import { mustSeeAll } from "../job-databases.ts";
import type { Drift, Reconciliation } from "./reconciliation.ts";

export interface LedgerReading extends Omit<Reconciliation, "tenant"> {
  /** The database's time of the snapshot, ISO 8601: where the next reading may go on. */
  readonly at: string;
}

const tables = [
  "pms_parts",
  "pms_inventory_stock",
  "pms_inventory_transactions",
  "pms_idempotency_keys",
] as const;

/** A row is stamped before it is committed: this far back, in minutes, rows may have become visible since. */
const lookBack = "interval '15 minutes'";
const recent = `created_at >= $1::timestamptz - ${lookBack}`;

/** All places of the parts that are looked at: one of them alone does not tell the part's drift. */
const levels = (parts: string) => `
  with looked_at as (${parts}), level as (
    select stock.yacht_id, stock.part_id, stock.id as stock_id, stock.location, stock.quantity as cached, booked.total
      from looked_at join part_lens.pms_inventory_stock stock using (yacht_id, part_id)
      cross join lateral (
        select coalesce(sum(ledger.quantity_change), 0) as total from part_lens.pms_inventory_transactions ledger
          where ledger.yacht_id = stock.yacht_id and ledger.part_id = stock.part_id and ledger.stock_id = stock.id
      ) booked
  ), drifting as (
    select level.*, abs(total - cached) / greatest(abs(total), 1) as drift,
        abs(sum(total - cached) over part) / greatest(abs(sum(total) over part), 1) as part_drift
      from level window part as (partition by yacht_id, part_id)
  )
  select count(*)::int as examined, coalesce(jsonb_agg(jsonb_build_object(
      'yachtId', yacht_id, 'partId', part_id, 'stockId', stock_id, 'location', location,
      'cached', trim_scale(cached), 'total', trim_scale(total), 'drift', drift, 'partDrift', part_drift
    ) order by drift desc, stock_id) filter (where cached <> total), '[]') as drifts
    from drifting`;

const orphans = (where: string) => `
  select yacht_id as "yachtId", transaction_id as "transactionId" from part_lens.orphaned_transactions ${where}
    order by 2`;

const queries = {
  full: {
    levels: levels("select distinct yacht_id, part_id from part_lens.pms_inventory_stock"),
    orphans: orphans(""),
    duplicates: `select yacht_id as "yachtId", key, uses::int from part_lens.duplicate_keys order by 1, 2`,
  },
  incremental: {
    levels: levels(
      `select distinct yacht_id, part_id from part_lens.pms_inventory_transactions where ${recent}`,
    ),
    orphans: orphans(`where ${recent}`),
    duplicates: `select yacht_id as "yachtId", key, count(*)::int as uses from part_lens.pms_idempotency_keys
      join (select distinct yacht_id, key from part_lens.pms_idempotency_keys where ${recent}) fresh using (yacht_id, key)
      group by yacht_id, key having count(*) > 1 order by 1, 2`,
  },
} as const;

interface Levels {
  readonly examined: number;
  readonly drifts: readonly Drift[];
}

/**
 * Compares what new ledger rows touched since that time, or everything without one. Throws RowsHiddenError when the
 * role would not see all rows, and PostgreSQL's own errors. The client must not be in a transaction.
 */
export async function ledgerReading(client: ClientBase, since?: string): Promise<LedgerReading> {
  const mode = since === undefined ? "full" : "incremental";
  const values = since === undefined ? [] : [since];
  await client.query("begin isolation level repeatable read read only");
  try {
    await mustSeeAll(client, tables);
    const [now] = (await client.query<{ at: Date }>("select now() as at")).rows;
    const [level] = (await client.query<Levels>(queries[mode].levels, values)).rows;
    const orphaned = await client.query(queries[mode].orphans, values);
    const duplicated = await client.query(queries[mode].duplicates, values);
    if (!now || !level) throw new Error("PostgreSQL answered without a row");
    return {
      ...level,
      mode,
      at: now.at.toISOString(),
      orphans: orphaned.rows,
      duplicates: duplicated.rows,
    };
  } finally {
    await client.query("rollback");
  }
}
