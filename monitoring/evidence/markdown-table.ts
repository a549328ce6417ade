/** A table in Markdown. What stands in a cell can neither end it nor begin anything else. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text from a log or an answer, as text. */
export function cell(text: string): string {
  return text.replaceAll(/[\\|`*<>[\]#]/g, (sign) => `\\${sign}`).replaceAll(/\s+/g, " ");
}
