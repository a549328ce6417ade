import { ContractTooEarlyError, refuseContracts } from "../../../api/database/contracts.ts";
import { EditedMigrationError, pendingTables } from "../../../api/database/migrate.ts";
import { lastTables, migrationHash, sqlBundle, sqlDirectory } from "../../../api/database/sql-bundle.ts";

/** What the SQL of this checkout is to databases that were migrated by the known-good code's. */
export interface SqlChange {
  /** Of all SQL. */
  readonly from: string;
  readonly to: string;
  /** Table files that would run. */
  readonly tables: readonly string[];
  /** Why the migrator would refuse them; empty when it would not. */
  readonly refused: readonly string[];
}

/** `before`: the known-good code's SQL folder; `now`: the one that is to ship. */
export function sqlChange(before: string, now: string = sqlDirectory): SqlChange {
  const last = lastTables(before);
  const kinds = (["master", "tenant"] as const).map((kind) => {
    const known = new Map(sqlBundle(kind, before).tables.map(({ path, sha256 }) => [path, sha256]));
    try {
      const pending = pendingTables(sqlBundle(kind, now).tables, known);
      return {
        tables: pending.map(({ path }) => path),
        refused: refusal(() => refuseContracts(pending, kind, last[kind])),
      };
    } catch (error) {
      if (!(error instanceof EditedMigrationError)) throw error;
      return { tables: [], refused: [error.message] };
    }
  });
  return {
    from: migrationHash(before),
    to: migrationHash(now),
    tables: kinds.flatMap(({ tables }) => tables),
    refused: kinds.flatMap(({ refused }) => refused),
  };
}

function refusal(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof ContractTooEarlyError)) throw error;
    return [error.message];
  }
}
