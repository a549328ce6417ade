/** What an import will do, for people to read before anything is written. */
import Table from "cli-table3";
import { type FieldName, fieldNames, fieldOf } from "./fields.ts";
import type { ImportProblem, Inventory } from "./map.ts";

/** Fields that are understood and that a part has no place for. */
const notKept: readonly FieldName[] = ["description", "equipmentId", "equipmentName", "lastOrdered"];

const delimiterNames = { ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" } as const;
const shownProblems = 10;

export interface MappedColumn {
  /** As the file spells it. */
  readonly header: string;
  /** null: not read. */
  readonly field: FieldName | null;
  /** What a part is loaded with. */
  readonly kept: boolean;
}

/** Every column of the file, in its order. */
export function mappedColumns({ table }: Inventory): MappedColumn[] {
  const fieldAt = new Map([...table.columns].map(([name, index]) => [index, name]));
  return table.header.map((header, index) => {
    const field = fieldAt.get(index) ?? null;
    return { header, field, kept: field !== null && !notKept.includes(field) };
  });
}

/** How many rows of the file are bad: a row may have several problems. */
export function refusedRows(problems: readonly ImportProblem[]): number {
  return new Set(problems.filter(({ refused }) => refused).map(({ line }) => line)).size;
}

/** The mapping, the counts and the first problems, as lines of text. */
export function mappingText(inventory: Inventory): string {
  const { table, parts, problems } = inventory;
  const refused = refusedRows(problems);
  return [
    `Delimiter ${delimiterNames[table.delimiter]}, header on line ${table.headerLine}`,
    columnTable(inventory),
    ...missingFields(inventory),
    `${table.rows.length} rows: ${parts.length} good, ${refused} bad`,
    ...problemLines(problems),
  ].join("\n");
}

function columnTable(inventory: Inventory): string {
  const rows = new Table({ head: ["column", "field"], style: { head: [], border: [] } });
  for (const { header, field, kept } of mappedColumns(inventory)) {
    rows.push([header || "(no header)", meaningOf(header, field, kept)]);
  }
  return rows.toString();
}

function meaningOf(header: string, field: FieldName | null, kept: boolean): string {
  if (field) return kept ? field : `${field} (checked, not kept)`;
  const other = fieldOf(header);
  return other ? `ignored: another column is ${other}` : "ignored";
}

function missingFields({ table }: Inventory): string[] {
  const missing = fieldNames.filter((name) => !table.columns.has(name) && !notKept.includes(name));
  return missing.length > 0 ? [`No column for: ${missing.join(", ")}`] : [];
}

function problemLines(problems: readonly ImportProblem[]): string[] {
  const lines = problems
    .slice(0, shownProblems)
    .map(
      ({ line, field, message, refused }) =>
        `  line ${line}: ${message} (${field}; ${refused ? "row left out" : "cell left out"})`,
    );
  const more = problems.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}
