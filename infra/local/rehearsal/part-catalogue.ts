/** What the generated yachts carry: a catalogue of our own, from which each yacht takes about forty parts. */
export interface CataloguePart {
  readonly name: string;
  readonly maker: string | null;
  readonly category: string;
  readonly department: "engine" | "electrical" | "deck" | "interior" | "safety" | "bridge";
  readonly unit: string;
  /** Typical least stock, in that unit; a yacht's own differs by its size. */
  readonly least: number;
  /** Sold in packs of this many, or cans of this much. */
  readonly multiple: number;
  readonly critical?: true;
}

/** The places of a yacht, by department. */
export const locations = {
  engine: ["Engine Store A", "Engine Store B", "Tank Room", "Workshop"],
  electrical: ["Electrical Store", "Battery Room"],
  deck: ["Deck Store Fwd", "Deck Store Aft", "Tender Garage"],
  interior: ["Interior Store", "Galley Dry Store", "Laundry"],
  safety: ["Safety Locker", "Fire Station"],
  bridge: ["Bridge Locker"],
} as const satisfies Record<CataloguePart["department"], readonly string[]>;

type Row = readonly [
  name: string,
  maker: string | null,
  category: string,
  unit: string,
  least: number,
  multiple: number,
  critical?: "critical",
];

const rows = {
  engine: [
    ["Lube oil filter", "MANN", "filters", "ea", 8, 2],
    ["Fuel filter primary", "Racor", "filters", "ea", 12, 6],
    ["Fuel filter secondary", "MANN", "filters", "ea", 8, 2],
    ["Crankcase breather element", null, "filters", "ea", 4, 1],
    ["Raw water impeller", "Jabsco", "impellers", "ea", 4, 1, "critical"],
    ["Cooling water pump seal", "Grundfos", "seals", "ea", 2, 1, "critical"],
    ["Fuel injector", "Bosch", "injectors", "ea", 4, 2, "critical"],
    ["Injector O-ring kit", "Bosch", "kits", "kit", 6, 2],
    ["Alternator belt", "Gates", "belts", "ea", 3, 1],
    ["Engine oil 15W-40", "Shell", "lubricants", "L", 240, 20],
    ["Hydraulic oil 46", "Mobil", "lubricants", "L", 100, 20],
    ["Gear oil 220", "Mobil", "lubricants", "L", 40, 20],
    ["Coolant concentrate", null, "fluids", "L", 60, 12.5],
    ["Refrigerant R134a", "Chemours", "refrigerants", "kg", 13.6, 13.6],
    ["Refrigerant R407C", "Chemours", "refrigerants", "kg", 11.3, 11.3],
    ["Watermaker pre-filter 5 micron", "Pentair", "filters", "ea", 12, 6],
    ["Watermaker pre-filter 20 micron", "Pentair", "filters", "ea", 12, 6],
    ["Membrane cleaner", null, "chemicals", "kg", 2.5, 2.5],
    ["Zinc pencil anode", null, "anodes", "ea", 12, 6],
    ["Exhaust gasket", null, "gaskets", "ea", 3, 1],
    ["Separator O-ring set", "Alfa Laval", "kits", "set", 2, 1],
  ],
  electrical: [
    ["Fuse 10 A blade", null, "electrical", "ea", 20, 10],
    ["Fuse 125 A", "Littelfuse", "electrical", "ea", 4, 2],
    ["Contactor 24 V", "Schneider", "electrical", "ea", 2, 1, "critical"],
    ["Heat shrink tube 12 mm", "Raychem", "electrical", "m", 6.1, 1.22],
    ["Marine cable 3 x 1.5", null, "electrical", "m", 25, 12.5],
    ["LED downlight", null, "lamps", "ea", 16, 4],
    ["Battery 12 V 200 Ah", "Victron", "batteries", "ea", 2, 1],
  ],
  deck: [
    ["Mooring line 28 mm", "Liros", "rope", "m", 50, 25],
    ["Fender cover", null, "deck", "ea", 4, 1],
    ["Teak caulking", null, "deck", "tube", 12, 12],
    ["Polishing compound", "3M", "deck", "kg", 1.5, 0.5],
    ["Grease EP2", "SKF", "lubricants", "ea", 8, 4],
    ["Shackle stainless 12 mm", "Wichard", "deck hardware", "ea", 6, 2],
    ["Tender oil filter", "Volvo Penta", "filters", "ea", 4, 2],
    ["Two-stroke oil", "Yamaha", "lubricants", "L", 6, 1],
  ],
  interior: [
    ["Fan coil filter", null, "filters", "m", 10, 5],
    ["Dishwasher detergent", "Winterhalter", "chemicals", "L", 10, 5],
    ["Oven door seal", "Rational", "seals", "ea", 1, 1],
    ["Washer inlet hose", "Miele", "hoses", "ea", 2, 1],
    ["Descaler", null, "chemicals", "kg", 5, 2.5],
  ],
  safety: [
    ["Fire hose washer", null, "safety", "ea", 10, 10],
    ["Lifejacket light", "Daniamant", "safety", "ea", 8, 4, "critical"],
    ["Extinguisher service kit", null, "safety", "kit", 3, 1],
    ["Hand flare", "Pains Wessex", "pyrotechnics", "ea", 12, 6, "critical"],
  ],
  bridge: [
    ["Navigation lamp", "aqua signal", "lamps", "ea", 2, 1, "critical"],
    ["Wiper blade", "Exalto", "deck hardware", "ea", 4, 2],
  ],
} as const satisfies Record<CataloguePart["department"], readonly Row[]>;

export const partCatalogue: readonly CataloguePart[] = Object.entries(rows).flatMap(([department, list]) =>
  (list as readonly Row[]).map(([name, maker, category, unit, least, multiple, critical]) => ({
    name,
    maker,
    category,
    department: department as CataloguePart["department"],
    unit,
    least,
    multiple,
    ...(critical ? { critical: true as const } : {}),
  })),
);
