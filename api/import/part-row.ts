/** What import_parts takes of a part. */
export interface PartFacts {
  readonly externalId: string;
  readonly name: string;
  readonly partNumber: string | null;
  readonly manufacturer: string | null;
  readonly category: string | null;
  readonly department: string | null;
  readonly unit: string;
  readonly minLevel: number;
  readonly reorderMultiple: number;
  readonly isCritical: boolean;
  readonly location: string | null;
}

/** A part as `part_lens.import_parts` takes it. quantity: in the part's unit, null leaves the stock as it is. */
export function partRow(part: PartFacts, quantity: number | null): Record<string, unknown> {
  return {
    external_id: part.externalId,
    name: part.name,
    part_number: part.partNumber,
    manufacturer: part.manufacturer,
    category: part.category,
    department: part.department,
    unit: part.unit,
    min_level: part.minLevel,
    reorder_multiple: part.reorderMultiple,
    is_critical: part.isCritical,
    location: part.location,
    quantity,
  };
}
