import { randomUUID } from "node:crypto";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { sqlErrorName } from "../../api/database/sqlstate.ts";
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

/** The yacht has no such part. */
export class UnknownPartError extends Error {
  override readonly name = "UnknownPartError";
}

/**
 * Sets a part's cache to the sum of its ledger, as the migrator; see repair_cache.sql. Throws UnknownYachtError,
 * UnknownPartError, and PostgreSQL's own errors.
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
  const asked = "select part_lens.repair_cache($1::jsonb, $2::jsonb) as repair";
  const { rows } = await connectedAs("part_lens_migrator", target, (client) =>
    client.query<{ repair: Repair }>(asked, values),
  ).catch((error: unknown) => {
    if (sqlErrorName(error) !== "part_not_found") throw error;
    throw new UnknownPartError(`the yacht ${yachtId} has no part ${partId}`, { cause: error });
  });
  if (!rows[0]) throw new Error("PostgreSQL answered without a row");
  return rows[0].repair;
}
