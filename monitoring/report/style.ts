/** The style sheet of the report: light and dark, for paper, and for a telephone of 360 pixels. */
import { type Palette, palettes } from "./palette.ts";

/** Below this width the narrow drawing is shown and tables become lists. */
const narrowPixels = 700;

export function style(): string {
  return `${variables(":root", palettes.light)}
@media (prefers-color-scheme: dark) { ${variables(":root", palettes.dark)} }
@media print { ${variables(":root", palettes.light)} }
${page}
${parts}
${tables}
${weekly}
${drawings}
@media (max-width: ${narrowPixels}px) { ${narrow} }
@media print { ${paper} }`;
}

function variables(selector: string, palette: Palette): string {
  const entries = Object.entries(palette).map(([name, colour]) => `--${name}: ${colour};`);
  return `${selector} { ${entries.join(" ")} }`;
}

const page = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1168px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 12px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 44px 0 12px; }
h3 { font-size: 15px; margin: 0 0 8px; font-weight: 600; }
p { margin: 0 0 8px; }
small { font-size: 13px; font-weight: 400; color: var(--muted); }
figure { margin: 0; }
figcaption, .none { font-size: 13px; color: var(--muted); max-width: 78ch; }`;

const parts = `
.outcome { font-size: 17px; font-weight: 600; margin-bottom: 20px; }
.outcome.good { color: var(--good); } .outcome.bad { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; margin: 0; background: var(--rule); border: 1px solid var(--rule); border-radius: 8px; overflow: hidden; }
.figures div { background: var(--raised); padding: 12px 16px; }
.figures dt { font-size: 13px; color: var(--muted); }
.figures dd { margin: 0; font-size: 22px; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.figures small { display: block; }
.pill { display: inline-block; font-size: 12px; font-weight: 600; line-height: 20px; padding: 0 8px; border: 1px solid currentColor; border-radius: 10px; white-space: nowrap; }
.pill.good { color: var(--good); } .pill.bad { color: var(--bad); } .pill.open { color: var(--open); }
article { border: 1px solid var(--rule); border-radius: 8px; padding: 14px 16px; margin-bottom: 12px; break-inside: avoid; }
.stage .pill { margin-right: 4px; }
.stage .span { margin-left: 8px; }
article.rollback { border-left: 4px solid var(--bad); }
.rollback .mark { color: var(--bad); font-weight: 700; margin-right: 6px; }
.rollback p { font-size: 13px; color: var(--muted); margin: 0 0 16px; max-width: 90ch; }
.times { display: flex; gap: 2px; margin: 10px 0; font-size: 13px; }
.times div { flex: 1 1 0; min-width: 150px; border-radius: 4px; padding: 5px 10px; }
.times .waiting { background: var(--raised); color: var(--ink); box-shadow: inset 0 0 0 1px var(--rule); }
.times .falling { background: var(--bad); color: var(--paper); }
.times b { font-variant-numeric: tabular-nums; }
.columns { columns: 320px; column-gap: 24px; margin: 0; padding-left: 18px; font-size: 13px; overflow-wrap: anywhere; }`;

const tables = `
table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-top: 1px solid var(--grid); vertical-align: baseline; font-weight: 400; }
thead th { border-top: 0; font-size: 12px; color: var(--muted); white-space: nowrap; }
tbody th { white-space: nowrap; }
.n { text-align: right; white-space: nowrap; padding-right: 20px; }
.reason { color: var(--muted); font-size: 13px; margin-left: 4px; }
.bar { position: relative; display: block; min-width: 120px; height: 8px; border-radius: 4px; background: var(--grid); }
.bar i { display: block; height: 8px; border-radius: 4px; background: var(--v2); }
.bar b { position: absolute; top: -3px; width: 2px; height: 14px; margin-left: -1px; background: var(--ink); }
.events .n { width: 1%; }
.kind { color: var(--muted); font-size: 13px; }
.events .what { width: 100%; }
.events .rollback .kind, .events .fault .kind, .events .alarm .kind { color: var(--bad); font-weight: 600; }
.events .verdict .kind, .events .cleared .kind, .events .calm .kind { color: var(--good); }
.who { white-space: nowrap; color: var(--muted); }`;

const weekly = `
.days span { display: inline-block; width: 1.6em; text-align: center; }
.days .good { color: var(--good); } .days .bad { color: var(--bad); font-weight: 700; } .days .open { color: var(--open); }
.trends td, .trends tbody th { vertical-align: middle; }
.spark svg { display: block; width: 168px; height: 34px; }
h3 { margin-top: 20px; }
.places td:last-child { white-space: nowrap; }
.places .id { font-size: 12px; white-space: normal; overflow-wrap: anywhere; } .places .id small { display: block; }
.concerns, .defects { margin: -8px 0 20px; padding-left: 20px; }
.defects { margin-top: 10px; }
table + .none { margin-top: 8px; }`;

const drawings = `
.drawing { display: none; margin-bottom: 10px; }
.drawing svg { display: block; width: 100%; height: auto; }
.light.wide { display: block; }
@media (prefers-color-scheme: dark) { .light.wide { display: none; } .dark.wide { display: block; } }`;

const narrow = `
main { padding: 20px 10px 40px; }
h1 { font-size: 21px; }
.figures { grid-template-columns: 1fr 1fr; }
.figures div { padding: 10px 12px; } .figures div:last-child:nth-child(odd) { grid-column: 1 / -1; }
.figures dd { font-size: 18px; }
.drawing.wide { display: none; }
.light.narrow { display: block; }
@media (prefers-color-scheme: dark) { .drawing.wide, .light.narrow { display: none; } .dark.narrow { display: block; } }
.times { flex-direction: column; }
.stage .span { display: block; margin: 4px 0 0; }
thead { display: none; }
table, tbody, tr { display: block; }
tbody tr { display: flex; flex-wrap: wrap; gap: 0 14px; padding: 7px 0; border-top: 1px solid var(--grid); }
tbody th { flex: 1 0 100%; white-space: normal; font-weight: 600; }
th, td { border: 0; padding: 1px 0; }
.n { text-align: left; padding: 1px 0; }
td[data-label]::before { content: attr(data-label) " "; color: var(--muted); font-size: 12px; }
.wide-only { display: none; }
.events .n { width: auto; } .events .what { flex: 1 0 100%; order: 4; } .events .who { margin-left: auto; }
.events .n::before { content: none; }`;

const paper = `
body { font-size: 11px; } main { max-width: none; padding: 0; } h2 { margin-top: 22px; break-after: avoid; }
.drawing { display: none !important; } .drawing.light.wide { display: block !important; }
table { font-size: 11px; }`;
