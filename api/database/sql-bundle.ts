import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export type DatabaseKind = "master" | "tenant";

export interface SqlFile {
  /** From the SQL folder on, with forward slashes: `tenant/tables/001_pms_parts.sql`. */
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

/** All SQL of one kind of database, in the order in which it is applied. */
export interface SqlBundle {
  readonly kind: DatabaseKind;
  /** Numbered and append-only: each is applied once and never edited. */
  readonly tables: readonly SqlFile[];
  /** Applied whole whenever anything changed. */
  readonly reapplied: readonly SqlFile[];
  /** Over paths and contents of all files. */
  readonly hash: string;
}

/** Beside this module in the source, and beside the entry in the migrator's archive. */
export const sqlDirectory = fileURLToPath(new URL("./sql/", import.meta.url));

/** Later ones use earlier ones: policies and grants name tables, views and functions. */
const reappliedFolders = ["functions", "views", "policies", "grants"] as const;

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function filesOf(directory: string, folder: string): SqlFile[] {
  const path = join(directory, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => {
      // A checkout with CRLF must give the same hash.
      const text = readFileSync(join(path, name), "utf8").replaceAll("\r\n", "\n");
      return { path: `${folder}/${name}`, text, sha256: sha256(text) };
    });
}

/** Reads the SQL of one kind of database. Throws when there is none. */
export function sqlBundle(kind: DatabaseKind, directory: string = sqlDirectory): SqlBundle {
  const tables = filesOf(directory, `${kind}/tables`);
  if (tables.length === 0) throw new Error(`no SQL found in ${join(directory, kind, "tables")}`);
  const reapplied = reappliedFolders.flatMap((folder) => filesOf(directory, `${kind}/${folder}`));
  const hash = sha256([...tables, ...reapplied].map((file) => `${file.path} ${file.sha256}\n`).join(""));
  return { kind, tables, reapplied, hash };
}

/** The hash of all SQL: an input of the stack, and part of every response's stamp. */
export function migrationHash(directory: string = sqlDirectory): string {
  return sha256(`${sqlBundle("master", directory).hash}\n${sqlBundle("tenant", directory).hash}`);
}

/** The number of a table file: 9 for `tenant/tables/009_storage_object_states.sql`. */
export function tableNumber(path: string): number {
  return Number(/\/(\d+)_[^/]*$/.exec(path)?.[1] ?? 0);
}

/** The last table file of each kind of database: code built with it knows all of them. */
export function lastTables(directory: string = sqlDirectory): Record<DatabaseKind, number> {
  const last = (kind: DatabaseKind) =>
    Math.max(...sqlBundle(kind, directory).tables.map(({ path }) => tableNumber(path)));
  return { master: last("master"), tenant: last("tenant") };
}
