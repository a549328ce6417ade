import type { ClientBase } from "pg";
import type { DatabaseTarget } from "../connection.ts";
import { sqlErrorName } from "../sqlstate.ts";

export type MoveState = "planned" | "moving" | "switched" | "moved";

export interface MovePlace extends DatabaseTarget {
  readonly cluster: string;
}

/** A tenant's move as MASTER has it. */
export interface TenantMove {
  readonly tenant: string;
  readonly state: MoveState;
  /** ISO 8601: since when it is in that state; seconds by MASTER's own clock. */
  readonly changed_at: string;
  readonly age_seconds: number;
  readonly from: MovePlace;
  readonly to: MovePlace;
}

/** The move cannot be made, or not like this; the message says what to do. Nothing was changed. */
export class MoveRefused extends Error {
  override readonly name = "MoveRefused";
}

/** Every move that is planned, under way, or done with the old database kept. */
export async function tenantMoves(master: ClientBase): Promise<TenantMove[]> {
  const { rows } = await master.query<{ moves: TenantMove[] }>("select part_lens.tenant_moves() as moves");
  return rows[0]?.moves ?? [];
}

/** Throws MoveRefused where the config asks for none. */
export async function tenantMove(master: ClientBase, tenant: string): Promise<TenantMove> {
  const move = (await tenantMoves(master)).find((one) => one.tenant === tenant);
  if (move) return move;
  throw new MoveRefused(
    `no move of ${tenant} is planned: give it "cluster: <new>, movedFrom: <old>" in part-lens:tenants and update the ` +
      "service layer first",
  );
}

/** The one mover of a tenant, until the connection ends. Throws MoveRefused. */
export async function lockMove(master: ClientBase, tenant: string): Promise<void> {
  const text = "select pg_try_advisory_lock(hashtextextended('part_lens.tenant_moves/' || $1, 0)) as taken";
  const { rows } = await master.query<{ taken: boolean }>(text, [tenant]);
  if (!rows[0]?.taken) throw new MoveRefused(`somebody else moves ${tenant} at this moment`);
}

/** One step on or back, and the routing with it. Throws MoveRefused when the move is elsewhere. */
export async function stepMove(
  master: ClientBase,
  tenant: string,
  was: MoveState,
  becomes: MoveState,
): Promise<TenantMove> {
  try {
    await master.query("select part_lens.step_tenant_move($1, $2, $3)", [tenant, was, becomes]);
  } catch (error) {
    if (sqlErrorName(error) !== "tenant_moved") throw error;
    throw new MoveRefused(`the move of ${tenant} is not ${was} any more: run this again`, { cause: error });
  }
  return tenantMove(master, tenant);
}
