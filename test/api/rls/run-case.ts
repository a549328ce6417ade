/** Runs one case of the table and says what the database made of it. */
import type pg from "pg";
import { yachts } from "../../support/fleet.ts";
import { type Operation, type Outcome, type Situation, touched } from "./cases.ts";
import { insertCopy, type Samples } from "./rows.ts";

/** Whose rows are touched, and which yacht the session's scope names. */
const situated = {
  own: { rowsOf: "aurora", scope: yachts.aurora },
  foreignYacht: { rowsOf: "borealis", scope: yachts.aurora },
  foreignTenant: { rowsOf: "calypso", scope: yachts.aurora },
  anonymous: { rowsOf: "aurora", scope: "" },
} as const satisfies Record<Situation, { rowsOf: keyof typeof yachts; scope: string }>;

export const tenantIn = (situation: Situation) => (situation === "foreignTenant" ? "beta" : "alpha");

/** The same statements for a role that is signed in (`as` undefined) and for the superuser who takes the role on. */
export interface Session {
  readonly client: pg.Client;
  readonly samples: Samples;
  readonly as?: string;
}

async function rowsTouched(
  { client, samples }: Session,
  table: string,
  operation: Operation,
  yachtId: string,
) {
  const where = [yachtId];
  switch (operation) {
    case "select":
      return (await client.query(`select from part_lens.${table} where yacht_id = $1`, where)).rowCount;
    case "update": {
      const column = touched[table] ?? "yacht_id";
      const set = `update part_lens.${table} set ${column} = ${column} where yacht_id = $1`;
      return (await client.query(set, where)).rowCount;
    }
    case "delete":
      return (await client.query(`delete from part_lens.${table} where yacht_id = $1`, where)).rowCount;
    case "insert":
      await insertCopy(client, samples, table, yachtId);
      return 1;
  }
}

/** Leaves the data as it was. `session.client` is in a transaction. */
export async function runCase(
  session: Session,
  table: string,
  operation: Operation,
  situation: Situation,
): Promise<Outcome> {
  const { client, as } = session;
  const { rowsOf, scope } = situated[situation];
  await client.query("savepoint before_case");
  try {
    await client.query("select set_config('app.yacht_id', $1, true)", [scope]);
    if (as) await client.query(`set local role ${as}`);
    const count = await rowsTouched(session, table, operation, yachts[rowsOf]);
    return (count ?? 0) > 0 ? "allowed" : "hidden";
  } catch (error) {
    const { code } = error as pg.DatabaseError;
    if (!code) throw error;
    return code as Outcome;
  } finally {
    await client.query("rollback to savepoint before_case");
    if (as) await client.query("reset role");
  }
}
