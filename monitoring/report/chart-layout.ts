/** Where the panels of the timeline stand, in pixels: one drawing for wide paper, one for a telephone. */
export interface ChartLayout {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly text: number;
  /** Height of the strip with the names of the stages. */
  readonly header: number;
  readonly panel: number;
  /** Above each panel: its title and legend. */
  readonly title: number;
  readonly alarmRow: number;
  readonly axis: number;
}

export const chartLayouts = {
  wide: {
    width: 1120,
    left: 52,
    right: 14,
    text: 12,
    header: 50,
    panel: 118,
    title: 40,
    alarmRow: 22,
    axis: 28,
  },
  narrow: {
    width: 340,
    left: 40,
    right: 6,
    text: 11,
    header: 34,
    panel: 92,
    title: 36,
    alarmRow: 20,
    axis: 24,
  },
} as const satisfies Record<string, ChartLayout>;

export type ChartSize = keyof typeof chartLayouts;

export const panels = ["share", "errors", "latency", "alarms"] as const;
export type PanelName = (typeof panels)[number];

export interface PanelPlace {
  readonly top: number;
  readonly height: number;
}

/** The places of the panels and the height of the whole. */
export function placesOf(
  layout: ChartLayout,
  alarmRows: number,
): { panels: Record<PanelName, PanelPlace>; height: number } {
  const heights: Record<PanelName, number> = {
    share: layout.panel,
    errors: layout.panel,
    latency: layout.panel,
    alarms: Math.max(1, alarmRows) * layout.alarmRow,
  };
  let top: number = layout.header;
  const places = {} as Record<PanelName, PanelPlace>;
  for (const name of panels) {
    top += layout.title;
    places[name] = { top, height: heights[name] };
    top += heights[name];
  }
  return { panels: places, height: top + layout.axis };
}

/** Pixels from the left of a place on the axis, 0…1. */
export function pixelOf(layout: ChartLayout, place: number): number {
  return Math.round((layout.left + place * (layout.width - layout.left - layout.right)) * 10) / 10;
}
