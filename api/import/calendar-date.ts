/** Reads dates such as 2024-11-15, 15/11/2024, 15.11.24, 15-Nov-2024 and "Nov 15, 2024". */

/** Whether the file writes 3/4 for the third of April or the fourth of March. */
export type DateOrder = "dayFirst" | "monthFirst";

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] as const;
const numeric = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:[ T].*)?$/;
const yearFirst = /^(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ T].*)?$/;
const dayMonthName = /^(\d{1,2})[ .-]*([a-z]{3,9})[ .,-]*(\d{4}|\d{2})$/i;
const monthNameDay = /^([a-z]{3,9})[ .-]*(\d{1,2})[ ,.-]+(\d{4}|\d{2})$/i;

/** The order the cells agree on: a number above 12 can be no month. Day first where nothing tells. */
export function dateOrderOf(cells: Iterable<string>): DateOrder {
  for (const cell of cells) {
    const match = numeric.exec(cell.trim());
    if (match && Number(match[1]) > 12) return "dayFirst";
    if (match && Number(match[2]) > 12) return "monthFirst";
  }
  return "dayFirst";
}

/** The date as YYYY-MM-DD, or undefined when the cell holds none or one that no calendar has. */
export function calendarDateOf(cell: string, order: DateOrder): string | undefined {
  const text = cell.trim();
  const iso = yearFirst.exec(text);
  if (iso) return existing(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const numbers = numeric.exec(text);
  if (numbers) {
    const [first, second] = [Number(numbers[1]), Number(numbers[2])];
    const [day, month] = order === "dayFirst" ? [first, second] : [second, first];
    return existing(fullYear(numbers[3]!), month, day);
  }
  const named = dayMonthName.exec(text);
  if (named) return existing(fullYear(named[3]!), monthOf(named[2]!), Number(named[1]));
  const american = monthNameDay.exec(text);
  if (american) return existing(fullYear(american[3]!), monthOf(american[1]!), Number(american[2]));
  return undefined;
}

function monthOf(name: string): number {
  return months.findIndex((month) => name.toLowerCase().startsWith(month)) + 1;
}

/** No inventory was last ordered before 1970, none has a date of the next century. */
function fullYear(text: string): number {
  if (text.length === 4) return Number(text);
  return Number(text) + (Number(text) < 70 ? 2000 : 1900);
}

function existing(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.toISOString().slice(0, 10) : undefined;
}
