import { randomUUID } from "node:crypto";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { connectedAs } from "../job-databases.ts";

export interface RepairRequest {
  readonly yachtId: string;
  readonly partId: string;
  /** The operator's user id: the audit row's actor. */
  readonly by: string;
  readonly reason: string;
}

export interface Repair {
  readonly yacht_id: string;
  readonly part_id: string;
  readonly execution_id: string;
  /** Empty: the cache was right, and nothing was written. */
  readonly repaired: readonly {
    readonly stock_id: string;
    readonly location: string;
    readonly cached: number;
    readonly total: number;
  }[];
}

/** MASTER places no such yacht. */
export class UnknownYachtError extends Error {
  override readonly name = "UnknownYachtError";
}

/**
 * Sets a part's cache to the sum of its ledger, as the migrator; see repair_cache.sql. Throws UnknownYachtError, and
 * PostgreSQL's error: PL001 for a part that the yacht does not have.
 */
export async function repair(
  master: DatabaseTarget,
  { yachtId, partId, by, reason }: RepairRequest,
): Promise<Repair> {
  const home = await connectedAs("part_lens_migrator", master, (client) =>
    client.query<{ home: DatabaseTarget | null }>("select part_lens.yacht_home($1) as home", [yachtId]),
  );
  const target = home.rows[0]?.home;
  if (!target) throw new UnknownYachtError(`MASTER places no yacht ${yachtId}`);
  const scope = {
    user_id: by,
    yacht_id: yachtId,
    role: "operator",
    version: "repair",
    request_id: randomUUID(),
  };
  const values = [JSON.stringify(scope), JSON.stringify({ part_id: partId, reason })];
  const { rows } = await connectedAs("part_lens_migrator", target, (client) =>
    client.query<{ repair: Repair }>("select part_lens.repair_cache($1::jsonb, $2::jsonb) as repair", values),
  );
  if (!rows[0]) throw new Error("PostgreSQL answered without a row");
  return rows[0].repair;
}
