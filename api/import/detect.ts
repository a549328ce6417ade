/** Finds the table in a PMS export: its encoding, its delimiter, its header row and what the columns hold. */
import { parse } from "csv-parse/sync";
import { type FieldName, fieldNames, fieldOf, fields, plainHeader } from "./fields.ts";

export type Delimiter = "," | ";" | "\t" | "|";

export interface Table {
  readonly delimiter: Delimiter;
  /** Line of the header row, counted from 1; lines of metadata may stand above it. */
  readonly headerLine: number;
  /** The cells of the header row. */
  readonly header: readonly string[];
  /** Which cell holds a field. */
  readonly columns: ReadonlyMap<FieldName, number>;
  /** Headers that are none of our fields; their cells are not read. */
  readonly ignored: readonly string[];
  /** The rows below the header, empty ones left out. `line` counts from 1 in the file. */
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The file is no inventory that we can read; the message says what was looked for. */
export class UnreadableInventory extends Error {
  override readonly name = "UnreadableInventory";
}

const delimiters = [",", ";", "\t", "|"] as const satisfies readonly Delimiter[];

/** Metadata above the header is a few lines; a header further down is not looked for. */
const headerSearchRows = 30;

/** The text of the file: UTF-8, UTF-16 by its byte order mark, else Windows-1252, as older PMS write it. */
export function decodeExport(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Throws UnreadableInventory when no delimiter gives a header row with the required columns. */
export function detectTable(text: string): Table {
  const candidates = delimiters.map((delimiter) => candidateOf(text, delimiter));
  const best = candidates.reduce((left, right) => (right.columns.size > left.columns.size ? right : left));
  const { rows, broken } = rowsOf(text, best.delimiter);
  if (broken) throw new UnreadableInventory(broken);
  const missing = fieldNames.filter((name) => "required" in fields[name] && !best.columns.has(name));
  if (missing.length > 0) throw new UnreadableInventory(missingMessage(missing, best.columns.size > 0));
  const header = rows[best.index]!;
  return {
    delimiter: best.delimiter,
    headerLine: header.line,
    header: header.cells,
    columns: best.columns,
    ignored: header.cells.filter((cell) => cell.trim() !== "" && fieldOf(cell) === undefined),
    rows: rows.slice(best.index + 1).filter((row) => row.cells.some((cell) => cell.trim() !== "")),
  };
}

function missingMessage(missing: readonly FieldName[], headerFound: boolean): string {
  const wanted = missing.map((name) => fields[name].spellings.slice(0, 3).join(" or ")).join("; ");
  return headerFound
    ? `the header row has no column for: ${wanted}`
    : `no header row in the first ${headerSearchRows} rows; needed are columns named ${wanted}`;
}

interface Candidate {
  readonly delimiter: Delimiter;
  /** Which of the first rows is the header; -1: none. */
  readonly index: number;
  readonly columns: Map<FieldName, number>;
}

/** Only the head is looked at: a file of 100,000 rows is not split four times. */
function candidateOf(text: string, delimiter: Delimiter): Candidate {
  const { rows } = rowsOf(text, delimiter, headerSearchRows);
  let best = { index: -1, columns: new Map<FieldName, number>() };
  for (const [index, row] of rows.entries()) {
    const columns = columnsOf(row.cells);
    if (columns.size > best.columns.size) best = { index, columns };
  }
  return { delimiter, ...best };
}

/** Where two columns could hold a field, the spelling named first in the table wins. */
function columnsOf(cells: readonly string[]): Map<FieldName, number> {
  const columns = new Map<FieldName, number>();
  for (const name of fieldNames) {
    const spelled = cells.map((cell) =>
      fieldOf(cell) === name ? rank(name, cell) : Number.POSITIVE_INFINITY,
    );
    const first = Math.min(...spelled);
    if (Number.isFinite(first)) columns.set(name, spelled.indexOf(first));
  }
  return columns;
}

function rank(name: FieldName, cell: string): number {
  return fields[name].spellings.findIndex((spelling) => plainHeader(spelling) === plainHeader(cell));
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function rowsOf(text: string, delimiter: Delimiter, most?: number): { rows: TableRow[]; broken?: string } {
  try {
    const records = parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      ...(most !== undefined && { to: most }),
    }) as unknown as ParsedRecord[];
    return { rows: records.map(({ record, info }) => ({ line: info.lines, cells: record })) };
  } catch (error) {
    return { rows: [], broken: error instanceof Error ? error.message : String(error) };
  }
}
