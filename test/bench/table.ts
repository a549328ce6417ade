import Table from "cli-table3";
import colours from "picocolors";
import { type Findings, isMet, type Result } from "./result.ts";

const widths = [46, 13, 16, 10, 62];

function figure(value: number): string {
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function goalText(result: Result): string {
  const { goal } = result;
  if (!goal) return "";
  const text = `${goal.better === "higher" ? "≥" : "≤"} ${goal.limit}`;
  return isMet(result) ? colours.green(`${text} ✓`) : colours.red(`${text} ✗`);
}

function rowOf(result: Result): string[] {
  const { what, value, unit, range, limitedBy } = result;
  const between = range ? `${figure(range[0])} … ${figure(range[1])}` : "";
  return [what, `${figure(value)} ${unit}`, between, goalText(result), limitedBy];
}

/** The findings as a table: median, least and most, goal, and what limits. */
export function tableOf({ results, skipped }: Findings): string {
  const table = new Table({
    head: ["", "median", "least … most", "goal", "limited by"],
    colWidths: widths,
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  for (const [section, rows] of Map.groupBy(results, (result) => result.section)) {
    table.push([{ colSpan: widths.length, content: colours.bold(section) }], ...rows.map(rowOf));
  }
  const missing = skipped.map(({ section, what, reason }) => `skipped: ${section}, ${what}: ${reason}`);
  return [table.toString(), ...missing].join("\n");
}
