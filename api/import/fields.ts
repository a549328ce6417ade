/**
 * What a PMS export calls its columns. Seahub's names come first, then the spellings other systems use.
 * A header is compared without case, spaces and punctuation: "R.O.B. Qty" is "robqty".
 */
export type FieldKind = "text" | "quantity" | "unit" | "flag" | "date";

export interface Field {
  readonly kind: FieldKind;
  /** A row without it is refused, and so is a file without such a column. */
  readonly required?: true;
  readonly spellings: readonly string[];
}

export const fields = {
  externalId: {
    kind: "text",
    required: true,
    spellings: [
      "part_id",
      "id",
      "item_id",
      "component_id",
      "spare_id",
      "stock_code",
      "item_code",
      "external_id",
    ],
  },
  name: {
    kind: "text",
    required: true,
    spellings: ["part_name", "name", "item_name", "part", "item", "spare_name", "component"],
  },
  partNumber: {
    kind: "text",
    spellings: [
      "part_number",
      "part_no",
      "part_nr",
      "maker_part_no",
      "manufacturer_part_number",
      "mpn",
      "drawing_no",
    ],
  },
  description: { kind: "text", spellings: ["description", "desc", "details", "specification", "remarks"] },
  equipmentId: { kind: "text", spellings: ["equipment_id", "machinery_id", "equipment_code"] },
  equipmentName: { kind: "text", spellings: ["equipment_name", "equipment", "machinery", "used_on", "fits"] },
  category: { kind: "text", spellings: ["category", "part_category", "group", "type", "class"] },
  department: { kind: "text", spellings: ["department", "dept", "section"] },
  manufacturer: { kind: "text", spellings: ["maker", "manufacturer", "make", "brand", "oem"] },
  unit: { kind: "unit", spellings: ["unit", "uom", "unit_of_measure", "units", "u_m"] },
  onHand: {
    kind: "quantity",
    spellings: [
      "rob_qty",
      "rob",
      "on_hand",
      "qty_on_hand",
      "quantity",
      "qty",
      "stock",
      "in_stock",
      "current_stock",
    ],
  },
  minLevel: {
    kind: "quantity",
    spellings: [
      "min_qty",
      "min",
      "minimum",
      "min_level",
      "min_stock",
      "minimum_stock",
      "reorder_level",
      "reorder_point",
    ],
  },
  reorderMultiple: {
    kind: "quantity",
    spellings: ["reorder_multiple", "order_multiple", "pack_size", "pack_qty"],
  },
  isCritical: {
    kind: "flag",
    spellings: ["is_critical", "critical", "critical_spare", "criticality", "class_critical"],
  },
  location: {
    kind: "text",
    spellings: ["location", "stowage", "storage_location", "store", "bin", "stowage_location"],
  },
  lastOrdered: {
    kind: "date",
    spellings: ["last_ordered", "last_order_date", "last_order", "ordered_on", "last_purchase"],
  },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;

export const fieldNames = Object.keys(fields) as readonly FieldName[];

/** A header as it is compared: letters and digits only, lower case, without accents. */
export function plainHeader(header: string): string {
  return header
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
}

const byHeader = new Map<string, FieldName>(
  fieldNames.flatMap((name) =>
    fields[name].spellings.map((spelling) => [plainHeader(spelling), name] as const),
  ),
);

/** The field that a column of that header holds, or undefined for a column that is not ours. */
export function fieldOf(header: string): FieldName | undefined {
  return byHeader.get(plainHeader(header));
}
