import type { PDFFont } from "@cantoo/pdf-lib";

/** What a label cannot print in place of a character. */
const unprintable = "?";
const ellipsis = "…";
/** Letters with a stroke, which no decomposition takes off. */
const strokes: Readonly<Record<string, string>> = {
  Ł: "L",
  ł: "l",
  Đ: "D",
  đ: "d",
  Ħ: "H",
  ħ: "h",
  ı: "i",
  Ŧ: "T",
  ŧ: "t",
};
const marks = /\p{M}/gu;
const blanks = /\s+/gu;

/**
 * The text in characters that the font has: another script's letter becomes its base letter if there is one, else a
 * question mark. The standard fonts of PDF hold Western European characters (WinAnsi) only.
 */
export function printable(text: string, font: PDFFont): string {
  const known = new Set(font.getCharacterSet());
  const has = (character: string) => known.has(character.codePointAt(0) ?? 0);
  const shown = (character: string) => {
    if (has(character)) return character;
    const base = strokes[character] ?? character.normalize("NFKD").replace(marks, "");
    return base !== "" && [...base].every(has) ? base : unprintable;
  };
  return [...text.normalize("NFC").replace(blanks, " ").trim()].map(shown).join("");
}

/** The printable text, cut with an ellipsis where it is wider than `width` points at that size. */
export function fitted(text: string, font: PDFFont, size: number, width: number): string {
  const whole = printable(text, font);
  if (font.widthOfTextAtSize(whole, size) <= width) return whole;
  let [fits, cut] = [0, whole.length];
  while (cut - fits > 1) {
    const middle = (fits + cut) >> 1;
    const short = whole.slice(0, middle) + ellipsis;
    if (font.widthOfTextAtSize(short, size) <= width) fits = middle;
    else cut = middle;
  }
  return whole.slice(0, fits).trimEnd() + ellipsis;
}

/** The text on at most `lines` lines, broken between words; the last one is cut. */
export function fittedLines(
  text: string,
  font: PDFFont,
  size: number,
  width: number,
  lines: number,
): string[] {
  const words = printable(text, font).split(" ");
  const found: string[] = [];
  while (words.length > 0 && found.length < lines - 1) {
    let line = words.shift()!;
    while (words[0] && font.widthOfTextAtSize(`${line} ${words[0]}`, size) <= width)
      line += ` ${words.shift()}`;
    found.push(fitted(line, font, size, width));
  }
  if (words.length > 0) found.push(fitted(words.join(" "), font, size, width));
  return found;
}
