/** Verifies the hash chains of a tenant's audit log: one chain a yacht. Source: domain.md, "Data". */
import type { ClientBase } from "pg";

/** The first place where a yacht's chain does not hold. */
export interface BrokenLink {
  readonly yacht_id: string;
  readonly sequence: number;
  readonly problem: string;
}

export interface YachtChain {
  readonly yacht_id: string;
  readonly rows: number;
  /** The last row's: kept elsewhere, it shows later whether rows were taken from the end. */
  readonly head: string;
}

export interface AuditFindings {
  readonly yachts: readonly YachtChain[];
  readonly rows: number;
  /** At most one a yacht, the first. */
  readonly broken: readonly BrokenLink[];
}

/** The role cannot see all rows, or not those of the audit log: whatever it found would prove nothing. */
export class AuditLogHiddenError extends Error {
  override readonly name = "AuditLogHiddenError";
}

const seesAllQuery = `select current_user as role,
    coalesce((select rolsuper or rolbypassrls from pg_roles where rolname = current_user), false)
    or exists (
      select from pg_policies
        where schemaname = 'part_lens' and tablename = 'pms_audit_log' and cmd in ('ALL', 'SELECT')
          and qual = 'true' and current_user = any(roles)
    ) as "seesAll"`;

const chainsQuery = `select distinct on (yacht_id) yacht_id, hash as head,
    count(*) over (partition by yacht_id)::int as rows
  from part_lens.pms_audit_log order by yacht_id, sequence desc`;

const brokenQuery = `select distinct on (yacht_id) yacht_id, sequence::int as sequence, problem
  from (
    select entry.yacht_id, entry.sequence, case
        when entry.sequence <> lag(entry.sequence, 1, 0::bigint) over chain + 1 then 'rows before it are missing'
        when entry.hash <> part_lens.audit_hash(entry) then 'its content is not what was hashed'
        when entry.previous_hash <> lag(entry.hash, 1, '') over chain then 'it does not follow from the row before'
      end as problem
      from part_lens.pms_audit_log entry
      window chain as (partition by entry.yacht_id order by entry.sequence)
  ) linked where problem is not null order by yacht_id, sequence`;

/** A chain cut at its end is whole in itself: the ledger tells, which has every movement's request. */
const cutQuery = `select ledger.yacht_id, coalesce(max(audit.sequence), 0)::int + 1 as sequence,
    'the ledger has movements that the audit log does not know' as problem
  from part_lens.pms_inventory_transactions ledger
  left join part_lens.pms_audit_log audit on audit.yacht_id = ledger.yacht_id
  where ledger.transaction_type <> 'opening' and ledger.request_id is not null and not exists (
    select from part_lens.pms_audit_log entry
      where entry.yacht_id = ledger.yacht_id and entry.request_id = ledger.request_id
  )
  group by ledger.yacht_id order by ledger.yacht_id`;

/**
 * Reads the whole log as one snapshot. Throws AuditLogHiddenError, and PostgreSQL's own errors. The client must not
 * be in a transaction.
 */
export async function auditFindings(client: ClientBase): Promise<AuditFindings> {
  await client.query("begin isolation level repeatable read read only");
  try {
    const [sight] = (await client.query<{ role: string; seesAll: boolean }>(seesAllQuery)).rows;
    if (!sight?.seesAll) {
      throw new AuditLogHiddenError(`${sight?.role} does not see all rows of the audit log: use the auditor`);
    }
    const yachts = (await client.query<YachtChain>(chainsQuery)).rows;
    const links = (await client.query<BrokenLink>(brokenQuery)).rows;
    const cut = (await client.query<BrokenLink>(cutQuery)).rows;
    const known = new Set(links.map(({ yacht_id }) => yacht_id));
    const broken = [...links, ...cut.filter(({ yacht_id }) => !known.has(yacht_id))];
    return { yachts, rows: yachts.reduce((sum, { rows }) => sum + rows, 0), broken };
  } finally {
    await client.query("rollback");
  }
}
