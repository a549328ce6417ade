/** Makes an SVG of the charting library fit to stand in a page beside others. */
import { escaped } from "./markup.ts";

/**
 * Takes out what only a pointer needs (styles, classes, data attributes), names the ids after the drawing so that the
 * same data gives the same text, gives it a description, and lets it fill its column.
 */
export function tidySvg(svg: string, name: string, description: string): string {
  return svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, "")
    .replaceAll(/ (?:class|pointer-events|ecmeta_[a-z_]+|xmlns:xlink|version|baseProfile)="[^"]*"/g, "")
    .replaceAll(/zr\d+-/g, `${name}-`)
    .replaceAll(/(\d+\.\d{1,2})\d*/g, "$1")
    .replaceAll(/font-family:[^;"]*;?/g, "")
    .replaceAll(/\n+/g, "\n")
    .replace(/^<svg width="[^"]*" height="[^"]*"/, `<svg role="img" aria-label="${escaped(description)}"`);
}
