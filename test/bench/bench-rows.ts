/** Rows for benchmarks, with ids that follow from numbers: pgbench's script can name them too. */
import type pg from "pg";

/** Yachts and parts are counted from here, so that every number has six digits. */
export const firstNumber = 100_000;

const suffix = (high: number | string, low: number | string) => `-0000-4000-8000-${high}${low}`;

/** `yacht` and `part` are numbers from `firstNumber` on. */
export const benchId = {
  yacht: (yacht: number | string) => `a0000000${suffix("000000", yacht)}`,
  user: (yacht: number | string) => `c0000000${suffix("000000", yacht)}`,
  part: (yacht: number | string, part: number | string) => `d0000000${suffix(yacht, part)}`,
} as const;

export interface RowCounts {
  /** Number of the first yacht. */
  readonly from: number;
  readonly yachts: number;
  readonly parts: number;
  /** Ledger rows of each part, one piece each. */
  readonly entries: number;
}

const span = (name: string, from: string, count: string) =>
  `generate_series(${from}, ${from} + ${count} - 1) ${name}`;

const statements = [
  `insert into part_lens.pms_parts (id, yacht_id, external_id, name, part_number, department, min_level, location)
    select ('d0000000-0000-4000-8000-' || y || p)::uuid, ('a0000000-0000-4000-8000-000000' || y)::uuid, 'P-' || p,
        'Part ' || p, 'N-' || p, 'Engineering', p % 10, 'Engine room'
      from ${span("y", "$1::int", "$2::int")}, ${span("p", `${firstNumber}`, "$3::int")}`,
  `insert into part_lens.pms_inventory_stock (id, yacht_id, part_id, location, quantity)
    select ('e0000000-0000-4000-8000-' || y || p)::uuid, ('a0000000-0000-4000-8000-000000' || y)::uuid,
        ('d0000000-0000-4000-8000-' || y || p)::uuid, 'Engine room', $4::int
      from ${span("y", "$1::int", "$2::int")}, ${span("p", `${firstNumber}`, "$3::int")}`,
  // Yacht by yacht within each entry: as in use, the rows of one part lie far apart.
  `insert into part_lens.pms_inventory_transactions (yacht_id, part_id, stock_id, transaction_type, quantity_change,
      quantity_before, quantity_after, user_id)
    select ('a0000000-0000-4000-8000-000000' || y)::uuid, ('d0000000-0000-4000-8000-' || y || p)::uuid,
        ('e0000000-0000-4000-8000-' || y || p)::uuid, 'receive', 1, n - 1, n,
        ('c0000000-0000-4000-8000-000000' || y)::uuid
      from generate_series(1, $4::int) n, ${span("y", "$1::int", "$2::int")},
        ${span("p", `${firstNumber}`, "$3::int")}`,
] as const;

/**
 * Parts with stock and ledger. The client is the superuser's: foreign keys are not checked row by row, which would
 * take most of the time.
 */
export async function makeRows(
  client: pg.Client,
  { from, yachts, parts, entries }: RowCounts,
): Promise<void> {
  await client.query("set session_replication_role = replica");
  for (const [index, statement] of statements.entries()) {
    await client.query(statement, index === 0 ? [from, yachts, parts] : [from, yachts, parts, entries]);
  }
  await client.query("set session_replication_role = origin");
}
