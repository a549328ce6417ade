/** A row of every table for every yacht, and statements that touch such a row. */
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { userId, type YachtName, yachts } from "../../support/fleet.ts";
import type { TestPostgres } from "../../support/postgres.ts";
import { evidence, scopeFor } from "../../support/stock.ts";

type Row = Readonly<Record<string, unknown>>;

/** Rows that no action writes yet, or that need a service beside the database. `id` and defaults are the table's. */
const extraRows: Readonly<Record<string, (yachtId: string, partId: string, user: string) => Row>> = {
  pms_shopping_list_items: (yacht_id, part_id, requested_by) => ({
    yacht_id,
    part_id,
    quantity_requested: 1,
    requested_by,
  }),
  storage_objects: (yacht_id, part_id, created_by) => ({
    yacht_id,
    bucket: "pms-part-photos",
    key: `${yacht_id}/parts/${part_id}/first.png`,
    size_bytes: 10,
    mime_type: "image/png",
    created_by,
  }),
};

async function act(api: pg.Client, yacht: YachtName, name: string, payload: object, key: string) {
  const scope = scopeFor(yacht, { idempotency_key: key, signature: evidence });
  const values = [JSON.stringify(scope), JSON.stringify(payload)];
  await api.query(`select part_lens.${name}($1::jsonb, $2::jsonb)`, values);
}

async function insertRow(client: pg.Client, table: string, row: Row): Promise<void> {
  const names = Object.keys(row).join(", ");
  const values = `select ${names} from jsonb_populate_record(null::part_lens.${table}, $1::jsonb)`;
  await client.query(`insert into part_lens.${table} (${names}) ${values}`, [JSON.stringify(row)]);
}

/** Writes them: what actions write through actions, the rest as the superuser. */
export async function fillTables(postgres: TestPostgres): Promise<void> {
  for (const yacht of Object.keys(yachts) as YachtName[]) {
    const target = yacht === "calypso" ? postgres.tenants.beta : postgres.tenants.alpha;
    const part_id = postgres.partIds[yacht]["P-1"];
    const api = await postgres.client("part_lens_api", target);
    await act(api, yacht, "v2_receive_part", { part_id, quantity_received: 2 }, "rls-receive");
    await act(api, yacht, "v2_consume_part", { part_id, quantity: 1 }, "rls-consume");
    const superuser = await postgres.client("postgres", target);
    for (const [table, rowOf] of Object.entries(extraRows)) {
      await insertRow(superuser, table, rowOf(yachts[yacht], part_id, userId(yacht, "captain")));
    }
  }
}

/** Columns that a copy of a row must not share with it, beside `id`; each gets a text of its own. */
const freshColumns: Readonly<Record<string, string>> = {
  pms_parts: "external_id",
  pms_inventory_stock: "location",
  pms_idempotency_keys: "key",
  storage_objects: "key",
};

/** A row of that table and yacht, read once: a mutated table is locked. */
export type Samples = ReadonlyMap<string, Row>;

const keyOf = (table: string, yachtId: string) => `${table} ${yachtId}`;

/** A row of each table for each yacht, over the given tenants. */
export async function sampleRows(superusers: readonly pg.Client[], tables: readonly string[]) {
  const samples = new Map<string, Row>();
  for (const superuser of superusers) {
    for (const table of tables) {
      const { rows } = await superuser.query(`select to_jsonb(found) as row from part_lens.${table} found`);
      for (const { row } of rows) samples.set(keyOf(table, row.yacht_id), row);
    }
  }
  return samples;
}

/** Inserts a copy of the yacht's row that no constraint refuses. Throws when the yacht has none. */
export async function insertCopy(client: pg.Client, samples: Samples, table: string, yachtId: string) {
  const row = samples.get(keyOf(table, yachtId));
  if (!row) throw new Error(`the yacht ${yachtId} has no row in ${table}: add one to extraRows`);
  const column = freshColumns[table];
  await insertRow(client, table, {
    ...row,
    ...("id" in row && { id: randomUUID() }),
    ...(column && { [column]: `${yachtId}/${randomUUID()}` }),
  });
}
