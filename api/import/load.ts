/**
 * Brings a read inventory into the yacht's tenant database, as the migrator: one call, one transaction.
 * Parts are known by their id in the old PMS. A quantity opens the ledger of a part that has no stock yet;
 * later the ledger is the authority, so importing twice changes no stock, and what differs is reported.
 * Source: domain.md, "Canonical view".
 */
import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { ImportedPart } from "./map.ts";

export interface ImportTarget {
  readonly yachtId: string;
  /** Who imports; stands in the ledger and in the audit log. */
  readonly userId: string;
  readonly role: string;
  readonly requestId?: string;
}

export interface StockDifference {
  readonly line: number;
  readonly externalId: string;
  readonly exported: number;
  readonly onHand: number;
}

export interface ImportResult {
  /** Parts written, new ones and known ones. */
  readonly parts: number;
  /** Parts whose ledger was opened with the export's quantity. */
  readonly opened: number;
  /** Parts that had stock already, and another one than the export says. */
  readonly differences: readonly StockDifference[];
}

/** Errors are PostgreSQL's own; then nothing was written. */
export async function loadParts(
  client: ClientBase,
  target: ImportTarget,
  parts: readonly ImportedPart[],
): Promise<ImportResult> {
  const scope = {
    user_id: target.userId,
    yacht_id: target.yachtId,
    role: target.role,
    version: "import",
    request_id: target.requestId ?? randomUUID(),
  };
  const { rows } = await client.query<{ result: { parts: number; opened: number } }>(
    "select part_lens.import_parts($1, $2) as result",
    [JSON.stringify(scope), JSON.stringify({ parts: parts.map(rowOf) })],
  );
  return { ...rows[0]!.result, differences: await differencesOf(client, target.yachtId, parts) };
}

async function differencesOf(
  client: ClientBase,
  yachtId: string,
  parts: readonly ImportedPart[],
): Promise<StockDifference[]> {
  const { rows } = await client.query<{ external_id: string; on_hand: number }>(
    `select part.external_id, coalesce(sum(ledger.quantity_change), 0)::float8 as on_hand
       from part_lens.pms_parts part
       left join part_lens.pms_inventory_transactions ledger
         on ledger.yacht_id = part.yacht_id and ledger.part_id = part.id
       where part.yacht_id = $1
       group by part.external_id, part.id`,
    [yachtId],
  );
  const onHand = new Map(rows.map((row) => [row.external_id, row.on_hand]));
  return parts.flatMap(({ line, externalId, onHand: exported }) => {
    const actual = onHand.get(externalId) ?? 0;
    return exported === null || exported === actual ? [] : [{ line, externalId, exported, onHand: actual }];
  });
}

function rowOf(part: ImportedPart): Record<string, unknown> {
  return {
    external_id: part.externalId,
    name: part.name,
    part_number: part.partNumber,
    manufacturer: part.manufacturer,
    category: part.category,
    department: part.department,
    unit: part.unit,
    min_level: part.minLevel,
    reorder_multiple: part.reorderMultiple,
    is_critical: part.isCritical,
    location: part.location,
    quantity: part.onHand,
  };
}
