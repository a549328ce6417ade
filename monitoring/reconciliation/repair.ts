import { randomUUID } from "node:crypto";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { sqlErrorName } from "../../api/database/sqlstate.ts";
import { permittedRoles } from "../audit-review/permitted-roles.ts";
import { connectedAs } from "../job-databases.ts";

export interface RepairRequest {
  readonly yachtId: string;
  readonly partId: string;
  /** The operator's user id, of a member who may set a quantity: the audit row's actor. */
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

/** Who is to stand for the repair is no member of the yacht, or one who may not set a quantity. */
export class NotEntitledError extends Error {
  override readonly name = "NotEntitledError";
}

/** A repair sets a quantity as an adjustment does, and whoever may sign one may stand for it. */
const entitled: readonly string[] = permittedRoles.adjust_stock_quantity;

/**
 * Sets a part's cache to the sum of its ledger, as the migrator; see repair_cache.sql. Throws UnknownYachtError,
 * NotEntitledError, UnknownPartError, and PostgreSQL's own errors.
 */
export async function repair(
  master: DatabaseTarget,
  { yachtId, partId, by, reason }: RepairRequest,
): Promise<Repair> {
  const target = await homeFor(master, yachtId, by);
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

/** Where the yacht's rows are, for somebody who may have them repaired. */
async function homeFor(master: DatabaseTarget, yachtId: string, by: string): Promise<DatabaseTarget> {
  const asked = "select part_lens.yacht_home($1) as home, part_lens.route($2, $1) ->> 'role' as role";
  const { rows } = await connectedAs("part_lens_migrator", master, (client) =>
    client.query<{ home: DatabaseTarget | null; role: string | null }>(asked, [yachtId, by]),
  );
  const { home, role } = rows[0] ?? { home: null, role: null };
  if (!home) throw new UnknownYachtError(`MASTER places no yacht ${yachtId}`);
  if (role !== null && entitled.includes(role)) return home;
  const who = role === null ? `${by} is no member of the yacht ${yachtId}` : `${by} is ${role} there`;
  throw new NotEntitledError(`${who}: a repair takes one of ${entitled.join(", ")}`);
}
