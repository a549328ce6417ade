/**
 * Units as a PMS spells them, and as we store them. Source: domain.md, "units normalised on import (each → ea)".
 * A unit that is not here is kept as written: a crew knows what a "coil" is.
 */
export const unitSpellings = {
  ea: ["each", "ea", "pc", "pcs", "piece", "pieces", "no", "nos", "nr", "unit", "units", "stk", "pce"],
  set: ["set", "sets"],
  pair: ["pair", "pairs", "pr", "prs"],
  kit: ["kit", "kits"],
  box: ["box", "boxes", "bx"],
  pack: ["pack", "packs", "pk", "pkt", "packet", "package"],
  roll: ["roll", "rolls", "rl"],
  bottle: ["bottle", "bottles", "btl"],
  can: ["can", "cans", "tin", "tins"],
  drum: ["drum", "drums"],
  tube: ["tube", "tubes"],
  m: ["m", "meter", "meters", "metre", "metres", "mtr", "mtrs"],
  kg: ["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"],
  g: ["g", "gr", "gram", "grams"],
  L: ["l", "lt", "ltr", "ltrs", "liter", "liters", "litre", "litres"],
  mL: ["ml", "milliliter", "milliliters", "millilitre", "millilitres"],
} as const satisfies Record<string, readonly string[]>;

const bySpelling = new Map<string, string>(
  Object.entries(unitSpellings).flatMap(([unit, spellings]) =>
    spellings.map((spelling) => [spelling, unit] as const),
  ),
);

/** The unit as we store it; an empty cell counts pieces. */
export function unitOf(cell: string): string {
  const plain = cell.trim().toLowerCase().replace(/\.$/, "");
  return plain === "" ? "ea" : (bySpelling.get(plain) ?? plain);
}
