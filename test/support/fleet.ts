/** A small fleet for tests: two tenants, three yachts, every role, a few parts with stock. */

import type pg from "pg";
import { type Role, roles as roleTable } from "../../api/roles.ts";

export const yachts = {
  /** Tenant alpha. */
  aurora: "a0000000-0000-4000-8000-000000000001",
  /** Tenant alpha too: the neighbour that row level security keeps apart. */
  borealis: "a0000000-0000-4000-8000-000000000002",
  /** Tenant beta. */
  calypso: "b0000000-0000-4000-8000-000000000001",
} as const;

export type YachtName = keyof typeof yachts;

export const tenantOf = { aurora: "alpha", borealis: "alpha", calypso: "beta" } as const satisfies Record<
  YachtName,
  string
>;

export type { Role };

export const roles = Object.keys(roleTable) as Role[];

/** One user per role and yacht. */
export function userId(yacht: YachtName, role: Role): string {
  const group = String(Object.keys(yachts).indexOf(yacht) + 1).padStart(4, "0");
  return `c0000000-0000-4000-${group.replace(/^0/, "8")}-${String(roles.indexOf(role) + 1).padStart(12, "0")}`;
}

/** The parts of every yacht; quantities are opened through the ledger. */
export const parts = [
  {
    external_id: "P-1",
    name: "Oil filter",
    part_number: "OF-100",
    department: "Engineering",
    location: "Engine room",
    min_level: 4,
    reorder_multiple: 6,
    quantity: 10,
  },
  {
    external_id: "P-2",
    name: "Impeller",
    part_number: "IM-7",
    department: "Engineering",
    location: "Engine room",
    min_level: 5,
    reorder_multiple: 2,
    quantity: 2,
  },
  {
    external_id: "P-3",
    name: "Refrigerant R404A",
    unit: "kg",
    department: "Engineering",
    location: "Lazarette",
    min_level: 10,
    reorder_multiple: 12.5,
    quantity: 25.5,
  },
  { external_id: "P-4", name: "Deck brush", department: "Deck", min_level: 3, reorder_multiple: 1 },
] as const;

export type PartKey = (typeof parts)[number]["external_id"];

/** Loads the parts as the migrator; gives each yacht's part ids by external id. */
export async function seedParts(client: pg.Client, yacht: YachtName): Promise<Record<PartKey, string>> {
  const scope = {
    user_id: userId(yacht, "manager"),
    yacht_id: yachts[yacht],
    role: "manager",
    version: "import",
  };
  await client.query("select part_lens.import_parts($1::jsonb, $2::jsonb)", [
    JSON.stringify(scope),
    JSON.stringify({ parts }),
  ]);
  const { rows } = await client.query("select external_id, id from part_lens.pms_parts where yacht_id = $1", [
    yachts[yacht],
  ]);
  return Object.fromEntries(rows.map((row) => [row.external_id, row.id])) as Record<PartKey, string>;
}

/** Every role on every yacht, in MASTER, as the migrator. */
export async function seedMembers(client: pg.Client): Promise<void> {
  const names = Object.keys(yachts) as YachtName[];
  const members = names.flatMap((yacht) =>
    roles.map((role) => ({ user_id: userId(yacht, role), yacht_id: yachts[yacht], role })),
  );
  await client.query("select part_lens.add_members($1::jsonb)", [JSON.stringify(members)]);
}
