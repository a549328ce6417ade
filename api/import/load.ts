/**
 * Brings a read inventory into the yacht's tenant database, as the migrator: batches, each one call and one
 * transaction. Not one transaction for all: the yacht's audit chain has one writer at a time, and a large import
 * would keep her crew waiting until its end. An import that was stopped is completed by running it again.
 * Parts are known by their id in the old PMS. A quantity opens the ledger of a part that has no stock yet;
 * later the ledger is the authority, so importing twice changes no stock, and what differs is reported.
 * Source: domain.md, "Canonical view".
 */
import { randomUUID } from "node:crypto";
import type { ClientBase } from "pg";
import type { ImportedPart } from "./map.ts";
import { partRow } from "./part-row.ts";

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

/** Parts of one transaction: some 100 ms in which the yacht's other writers wait. */
export const batchSize = 1_000;

/** A batch failed, as `cause` says; it and those after it were not loaded, the `loaded` parts before it were. */
export class ImportStopped extends Error {
  override readonly name = "ImportStopped";
  readonly loaded: number;

  constructor(loaded: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.loaded = loaded;
  }
}

/** `onLoaded` hears how many parts are loaded, after every batch. Throws ImportStopped. */
export async function loadParts(
  client: ClientBase,
  target: ImportTarget,
  parts: readonly ImportedPart[],
  onLoaded: (parts: number) => void = () => {},
): Promise<ImportResult> {
  const requestId = target.requestId ?? randomUUID();
  const differences: StockDifference[] = [];
  let [loaded, opened] = [0, 0];
  while (loaded < parts.length) {
    const batch = parts.slice(loaded, loaded + batchSize);
    try {
      opened += await loadBatch(client, { ...target, requestId }, batch);
      differences.push(...(await differencesOf(client, target.yachtId, batch)));
    } catch (cause) {
      throw new ImportStopped(loaded, cause);
    }
    loaded += batch.length;
    onLoaded(loaded);
  }
  return { parts: loaded, opened, differences };
}

async function loadBatch(client: ClientBase, target: ImportTarget, parts: readonly ImportedPart[]) {
  const scope = {
    user_id: target.userId,
    yacht_id: target.yachtId,
    role: target.role,
    version: "import",
    request_id: target.requestId,
  };
  const { rows } = await client.query<{ result: { opened: number } }>(
    "select part_lens.import_parts($1, $2) as result",
    [JSON.stringify(scope), JSON.stringify({ parts: parts.map((part) => partRow(part, part.onHand)) })],
  );
  return rows[0]!.result.opened;
}

/** Which of these parts the yacht has already, and how much of each. */
export async function onHandOf(
  client: ClientBase,
  yachtId: string,
  parts: readonly ImportedPart[],
): Promise<Map<string, number>> {
  const { rows } = await client.query<{ external_id: string; on_hand: number }>(
    `select item.external_id, stock.on_hand
       from unnest($2::text[]) as item(external_id)
       cross join lateral (
         select id from part_lens.pms_parts where yacht_id = $1 and external_id = item.external_id limit 1
       ) part
       cross join lateral (
         select coalesce(sum(quantity_change), 0)::float8 as on_hand from part_lens.pms_inventory_transactions
           where yacht_id = $1 and part_id = part.id
       ) stock`,
    [yachtId, parts.map(({ externalId }) => externalId)],
  );
  return new Map(rows.map((row) => [row.external_id, row.on_hand]));
}

async function differencesOf(client: ClientBase, yachtId: string, parts: readonly ImportedPart[]) {
  const onHand = await onHandOf(client, yachtId, parts);
  return parts.flatMap(({ line, externalId, onHand: exported }): StockDifference[] => {
    const actual = onHand.get(externalId) ?? 0;
    return exported === null || exported === actual ? [] : [{ line, externalId, exported, onHand: actual }];
  });
}
