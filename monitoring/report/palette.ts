/** The colours of the report, light and dark; text and lines keep a contrast of 4.5 and 3 against the paper. */
export interface Palette {
  readonly paper: string;
  readonly raised: string;
  readonly ink: string;
  readonly muted: string;
  readonly rule: string;
  readonly grid: string;
  readonly v1: string;
  readonly v2: string;
  readonly v2Area: string;
  readonly good: string;
  readonly bad: string;
  readonly open: string;
  readonly faultArea: string;
  readonly compressedArea: string;
}

export const palettes = {
  light: {
    paper: "#ffffff",
    raised: "#f5f7f9",
    ink: "#17212b",
    muted: "#566575",
    rule: "#d5dce3",
    grid: "#e8ecf0",
    v1: "#7b8a99",
    v2: "#0b66c3",
    v2Area: "#dbeafa",
    good: "#1a7f4b",
    bad: "#c2272d",
    open: "#94660a",
    faultArea: "#fbe6e4",
    compressedArea: "#f4f6f8",
  },
  dark: {
    paper: "#10171f",
    raised: "#18212b",
    ink: "#e6ecf2",
    muted: "#9badbe",
    rule: "#33414f",
    grid: "#222d38",
    v1: "#8496a8",
    v2: "#62b0ff",
    v2Area: "#17304a",
    good: "#56c28a",
    bad: "#ff7b74",
    open: "#e0b04a",
    faultArea: "#3a1f22",
    compressedArea: "#161f28",
  },
} as const satisfies Record<string, Palette>;

export type Theme = keyof typeof palettes;

export const themes = Object.keys(palettes) as readonly Theme[];
