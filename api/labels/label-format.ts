/** Points of a millimetre. */
export const millimetre = 72 / 25.4;

/** The sheets that labels are printed on; lengths in millimetres. */
export interface LabelFormat {
  readonly page: { readonly width: number; readonly height: number };
  readonly columns: number;
  readonly rows: number;
  /** One label; the labels lie in the middle of the page, side by side. */
  readonly label: { readonly width: number; readonly height: number };
  /** Free inside each label. */
  readonly padding: number;
  /** A thin frame to cut along, for paper that is not cut already. */
  readonly frame: boolean;
}

export const labelFormats = {
  /** Plain A4, 30 labels to cut; the margin is what every printer leaves free. */
  a4: {
    page: { width: 210, height: 297 },
    columns: 3,
    rows: 10,
    label: { width: 66, height: 28 },
    padding: 2,
    frame: true,
  },
  /** A roll of 62 x 29 mm, one label a page. */
  thermal: {
    page: { width: 62, height: 29 },
    columns: 1,
    rows: 1,
    label: { width: 62, height: 29 },
    padding: 2,
    frame: false,
  },
} as const satisfies Record<string, LabelFormat>;

export type LabelFormatName = keyof typeof labelFormats;

export const labelFormatNames = Object.keys(labelFormats) as [LabelFormatName, ...LabelFormatName[]];

/** How many labels a page of the format holds. */
export function labelsPerPage(name: LabelFormatName): number {
  return labelFormats[name].columns * labelFormats[name].rows;
}
