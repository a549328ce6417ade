/** From the cells of an export to parts as we store them; a row that cannot be one is reported by its line. */
import { calendarDateOf, type DateOrder, dateOrderOf } from "./calendar-date.ts";
import { detectTable, type Table, type TableRow } from "./detect.ts";
import { type FieldName, fields } from "./fields.ts";
import { type DecimalMark, decimalMarkOf, quantityOf } from "./quantity.ts";
import { unitOf } from "./unit.ts";

export interface ImportedPart {
  /** Line in the file, counted from 1. */
  readonly line: number;
  readonly externalId: string;
  readonly name: string;
  readonly partNumber: string | null;
  readonly description: string | null;
  readonly equipmentId: string | null;
  readonly equipmentName: string | null;
  readonly category: string | null;
  readonly department: string | null;
  readonly manufacturer: string | null;
  readonly unit: string;
  /** null: the export does not say, and the stock stays as it is. */
  readonly onHand: number | null;
  readonly minLevel: number;
  readonly reorderMultiple: number;
  readonly isCritical: boolean;
  readonly location: string | null;
  /** YYYY-MM-DD. */
  readonly lastOrdered: string | null;
}

export interface ImportProblem {
  readonly line: number;
  readonly field: FieldName;
  readonly message: string;
  /** A refused row is not loaded; otherwise only the cell is left out. */
  readonly refused: boolean;
}

export interface Inventory {
  readonly table: Table;
  readonly parts: readonly ImportedPart[];
  readonly problems: readonly ImportProblem[];
}

interface Conventions {
  readonly decimal: DecimalMark;
  readonly dates: DateOrder;
}

/** Reads a whole export. Throws UnreadableInventory when no table is found in it; bad rows are problems, not errors. */
export function readInventory(text: string): Inventory {
  const table = detectTable(text);
  const conventions = conventionsOf(table);
  const problems: ImportProblem[] = [];
  const parts = new Map<string, ImportedPart>();
  for (const row of table.rows) {
    const { part, found } = partOf(row, table, conventions);
    problems.push(...found);
    if (!part) continue;
    const earlier = parts.get(part.externalId);
    if (earlier) problems.push(repeated(part, earlier));
    else parts.set(part.externalId, part);
  }
  return { table, parts: [...parts.values()], problems };
}

function repeated(part: ImportedPart, earlier: ImportedPart): ImportProblem {
  const message = `part ${part.externalId} stands on line ${earlier.line} already`;
  return { line: part.line, field: "externalId", message, refused: true };
}

function conventionsOf(table: Table): Conventions {
  const cellsOf = (kind: "quantity" | "date") =>
    [...table.columns]
      .filter(([name]) => fields[name].kind === kind)
      .flatMap(([, column]) => table.rows.map((row) => row.cells[column] ?? ""));
  return {
    decimal: decimalMarkOf(cellsOf("quantity"), table.delimiter === ";" ? "," : "."),
    dates: dateOrderOf(cellsOf("date")),
  };
}

function partOf(
  row: TableRow,
  table: Table,
  conventions: Conventions,
): { part?: ImportedPart; found: ImportProblem[] } {
  const read = new RowReader(row, table, conventions);
  const part: ImportedPart = {
    line: row.line,
    externalId: read.needed("externalId"),
    name: read.needed("name"),
    partNumber: read.text("partNumber"),
    description: read.text("description"),
    equipmentId: read.text("equipmentId"),
    equipmentName: read.text("equipmentName"),
    category: read.text("category"),
    department: read.text("department"),
    manufacturer: read.text("manufacturer"),
    unit: unitOf(read.text("unit") ?? ""),
    onHand: read.quantity("onHand"),
    minLevel: read.quantity("minLevel") ?? 0,
    // An order in multiples of 0 makes no sense; an empty cell means single pieces.
    reorderMultiple: read.quantity("reorderMultiple") || 1,
    isCritical: flagOf(read.cell("isCritical")),
    location: read.text("location"),
    lastOrdered: read.date("lastOrdered"),
  };
  return read.found.some((problem) => problem.refused) ? { found: read.found } : { part, found: read.found };
}

/** Reads the cells of one row and keeps what was wrong with them. */
class RowReader {
  readonly found: ImportProblem[] = [];
  readonly #row: TableRow;
  readonly #table: Table;
  readonly #conventions: Conventions;

  constructor(row: TableRow, table: Table, conventions: Conventions) {
    this.#row = row;
    this.#table = table;
    this.#conventions = conventions;
  }

  cell(name: FieldName): string {
    const column = this.#table.columns.get(name);
    return column === undefined ? "" : (this.#row.cells[column] ?? "").trim();
  }

  text(name: FieldName): string | null {
    const value = this.cell(name);
    if (!storable(value)) this.#report(name, "has characters that cannot be stored", true);
    return value || null;
  }

  needed(name: FieldName): string {
    const value = this.cell(name);
    if (value === "") this.#report(name, `${fields[name].spellings[0]} is empty`, true);
    else if (!storable(value)) this.#report(name, "has characters that cannot be stored", true);
    return value;
  }

  quantity(name: FieldName): number | null {
    if (this.cell(name) === "") return null;
    const value = quantityOf(this.cell(name), this.#conventions.decimal);
    if (value === undefined) this.#report(name, `"${this.cell(name)}" is not a quantity`, true);
    return value ?? null;
  }

  date(name: FieldName): string | null {
    if (this.cell(name) === "") return null;
    const value = calendarDateOf(this.cell(name), this.#conventions.dates);
    if (value === undefined) this.#report(name, `"${this.cell(name)}" is not a date`, false);
    return value ?? null;
  }

  #report(field: FieldName, message: string, refused: boolean): void {
    this.found.push({ line: this.#row.line, field, message, refused });
  }
}

// PostgreSQL takes neither into jsonb, and one such cell would stop the whole batch.
function storable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

function flagOf(cell: string): boolean {
  return ["1", "y", "yes", "true", "x", "critical", "c"].includes(cell.toLowerCase());
}
