/** What a file's first bytes say it is, for the types that the buckets take. */

const ascii = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.subarray(from, to)).toString("latin1");

/** Brands of HEIC among the ISO base media files. Source: ISO/IEC 23008-12, annex B. */
const heicBrands = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

const marks: Readonly<Record<string, (head: Uint8Array) => boolean>> = {
  "image/jpeg": (head) => ascii(head, 0, 3) === "\xff\xd8\xff",
  "image/png": (head) => ascii(head, 0, 8) === "\x89PNG\r\n\x1a\n",
  "image/webp": (head) => ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 12) === "WEBP",
  "image/heic": (head) => ascii(head, 4, 8) === "ftyp" && heicBrands.has(ascii(head, 8, 12)),
  "application/pdf": (head) => ascii(head, 0, 5) === "%PDF-",
};

/** How many of the first bytes are enough. */
export const headBytes = 16;

/** Whether a file that begins like this is of that type. A type that is not listed never is. */
export function isMediaType(mimeType: string, head: Uint8Array): boolean {
  return marks[mimeType]?.(head) ?? false;
}
