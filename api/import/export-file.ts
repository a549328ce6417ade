import { readFile } from "node:fs/promises";
import { decodeExport, UnreadableInventory } from "./detect.ts";

/** How files begin that are exported beside CSV, or instead of it. */
const otherFormats = [
  { name: "an Excel workbook or another archive", start: [0x50, 0x4b, 0x03, 0x04] },
  { name: "an old Excel workbook", start: [0xd0, 0xcf, 0x11, 0xe0] },
  { name: "a PDF", start: [0x25, 0x50, 0x44, 0x46] },
  { name: "compressed", start: [0x1f, 0x8b] },
] as const satisfies readonly { name: string; start: readonly number[] }[];

/** The text of a PMS export. Throws UnreadableInventory when there is no such file, or when it is no text. */
export async function readExport(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UnreadableInventory(`${path} cannot be read: ${cause.code ?? cause.message}`, { cause });
  });
  const other = otherFormats.find(({ start }) => start.every((byte, index) => bytes[index] === byte));
  if (other) throw new UnreadableInventory(`${path} is ${other.name}: export it as CSV`);
  if (bytes.length === 0) throw new UnreadableInventory(`${path} is empty`);
  return decodeExport(bytes);
}
