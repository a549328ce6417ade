/** What takes the database's time, and which indexes would help or do nothing. Source: domain.md, "After". */
import type { ClientBase } from "pg";

/** A function of ours, or another statement of the API's role, as pg_stat_statements counts it. */
export interface SlowCall {
  /** `part_lens.v2_receive_part`, or the statement's beginning. */
  readonly call: string;
  readonly calls: number;
  /** Milliseconds. */
  readonly mean: number;
  /** Of all time spent in statements of this database, 0…1. */
  readonly share: number;
}

/**
 * - `unused`: nothing has read the index since the statistics began, and no constraint needs it.
 * - `missing`: the table is large, and mostly read from end to end.
 */
export interface IndexAdvice {
  readonly kind: "unused" | "missing";
  readonly table: string;
  /** Of an unused one. */
  readonly index: string | null;
  readonly advice: string;
}

export interface QueryReview {
  readonly slowCalls: readonly SlowCall[];
  readonly indexAdvice: readonly IndexAdvice[];
  /** ISO 8601: since when the statistics count; null: since ever. */
  readonly since: string | null;
}

/** The database has no pg_stat_statements, or the role may not read what it counts. */
export class StatementsHiddenError extends Error {
  override readonly name = "StatementsHiddenError";
}

const most = 20;
/** Below this a table is read from end to end by right. Rows. */
const largeTable = 10_000;

const callsQuery = `
  with own as (
    select query, calls, total_exec_time, sum(total_exec_time) over () as everything
      from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database()) and toplevel
        and query !~* '^ *(create|alter|drop|grant|revoke|comment|explain)'
  ), named as (
    select coalesce(substring(query from 'part_lens\\.[a-z0-9_]+'), left(regexp_replace(query, '\\s+', ' ', 'g'), 80)) as call, calls, total_exec_time,
        everything from own
  )
  select call, sum(calls)::int as calls, sum(total_exec_time) / sum(calls) as mean,
      sum(total_exec_time) / nullif(min(everything), 0) as share
    from named group by call order by sum(total_exec_time) desc limit ${most}`;

const hiddenQuery = `
  select to_regclass('pg_stat_statements') is null as missing,
    not pg_has_role(current_user, 'pg_read_all_stats', 'usage') as hidden`;

const adviceQuery = `
  select 'unused' as kind, relname as table, indexrelname as index,
      'no statement has used it, and it takes ' || pg_size_pretty(pg_relation_size(indexrelid)) as advice
    from pg_stat_user_indexes join pg_index using (indexrelid)
    where schemaname = 'part_lens' and idx_scan = 0 and not indisunique and not indisprimary
      and (select n_live_tup from pg_stat_user_tables owner where owner.relid = pg_stat_user_indexes.relid) >= $1
  union all
  select 'missing', relname, null,
      seq_scan || ' reads from end to end, of ' || (seq_tup_read / seq_scan) || ' rows each, against '
        || coalesce(idx_scan, 0) || ' by an index'
    from pg_stat_user_tables
    where schemaname = 'part_lens' and n_live_tup >= $1 and seq_scan > coalesce(idx_scan, 0) and seq_scan >= 10
  order by 1, 2, 3`;

/** Reviews one database. Throws StatementsHiddenError: what cannot be seen is not fast. */
export async function queryReview(client: ClientBase, largeRows = largeTable): Promise<QueryReview> {
  const [seen] = (await client.query(hiddenQuery)).rows;
  if (seen.missing)
    throw new StatementsHiddenError("the extension pg_stat_statements is not in this database");
  if (seen.hidden) throw new StatementsHiddenError("the role is no member of pg_read_all_stats");
  const slowCalls = (await client.query(callsQuery)).rows.map((row) => ({
    ...row,
    mean: Number(row.mean),
    share: Number(row.share ?? 0),
  }));
  const { rows: indexAdvice } = await client.query<IndexAdvice>(adviceQuery, [largeRows]);
  const { rows: info } = await client.query("select stats_reset as since from pg_stat_statements_info");
  return { slowCalls, indexAdvice, since: info[0]?.since?.toISOString() ?? null };
}
