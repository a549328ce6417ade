/** Columns that a terminal is taken to have; a single word may be longer. */
const columns = 100;

/** The text behind that head, broken between words so that it stands in a column of its own. */
export function hanging(head: string, text: string): string {
  const indent = " ".repeat(head.length);
  const lines = [head];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    const fresh = line === head || line === indent;
    if (fresh) lines[lines.length - 1] = `${line}${word}`;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join("\n");
}
