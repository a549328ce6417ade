/** Reads quantities such as "25.0", "12,5", "1,200" and "1 200,50". A file has one decimal mark, found by looking at all of it. */
export type DecimalMark = "." | ",";

/** The ledger's scale, as the API takes it too: what would be rounded away is refused instead. */
const mostDecimals = 3;
const mostDigits = 9;

/**
 * The decimal mark that the cells agree on. "1,200" alone says nothing (it may be twelve hundred or one and a fifth);
 * the first cell that leaves no doubt decides, else `otherwise`.
 */
export function decimalMarkOf(cells: Iterable<string>, otherwise: DecimalMark): DecimalMark {
  for (const cell of cells) {
    const mark = undoubtedMark(cell.trim());
    if (mark) return mark;
  }
  return otherwise;
}

function undoubtedMark(cell: string): DecimalMark | undefined {
  const dot = cell.lastIndexOf(".");
  const comma = cell.lastIndexOf(",");
  if (dot === -1 && comma === -1) return undefined;
  if (dot !== -1 && comma !== -1) return dot > comma ? "." : ",";
  const mark = dot === -1 ? "," : ".";
  const [whole = "", ...parts] = cell.split(mark);
  const other = mark === "." ? "," : ".";
  if (parts.length > 1) return other; // 1.200.000: a mark that repeats groups thousands
  return parts[0]?.length === 3 && /^[1-9]\d{0,2}$/.test(whole) ? undefined : mark;
}

/** The number in the cell, or undefined when it is not a quantity of 0 or more with at most three decimals. */
export function quantityOf(cell: string, mark: DecimalMark): number | undefined {
  const group = mark === "." ? "," : ".";
  const compact = cell.trim().replaceAll(/[\s'’]/g, "");
  const grouped = new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(\\${mark}\\d*)?$`);
  const plain = new RegExp(`^\\d*(\\${mark}\\d*)?$`);
  if (!/\d/.test(compact) || !(plain.test(compact) || grouped.test(compact))) return undefined;
  const [whole = "", decimals = ""] = compact.replaceAll(group, "").split(mark);
  const significant = decimals.replace(/0+$/, "");
  if (significant.length > mostDecimals || whole.replace(/^0+/, "").length > mostDigits) return undefined;
  return Number(`${whole || "0"}.${significant || "0"}`);
}
