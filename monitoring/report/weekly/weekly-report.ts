/** The report of a week after 100 %: one HTML file that needs nothing else. */
import { counted, numbered, share } from "../figures.ts";
import { type Content, html, Markup } from "../markup.ts";
import { style } from "../style.ts";
import { probeSection, slowCallSection } from "./database-section.ts";
import { driftSection } from "./drift-section.ts";
import { latencySection } from "./latency-section.ts";
import { signatureSection } from "./signature-section.ts";
import { risingRatio, trendsOf } from "./trend.ts";
import { daysOf, type Week } from "./week.ts";

/** What of a week somebody has to look at, a sentence each; empty when all is as it should be. */
export function concernsOf(week: Week): string[] {
  const { drift, signatures, probes, orphans, latency, missing } = week;
  const breaks = sum(drift, ({ breaks: found }) => found);
  const defects = sum(signatures, ({ defects: found }) => found.length);
  const unsigned = sum(signatures, ({ executed, withEvidence }) => executed - withEvidence);
  const violations = sum(probes, ({ violations: found }) => found);
  const stray = sum(
    orphans,
    ({ rowsWithoutObject, objectsWithoutRow }) => rowsWithoutObject + objectsWithoutRow,
  );
  const unswept = sum(orphans, (one) => one.unswept);
  const rising = trendsOf(latency, daysOf(week)).filter(({ change = 0 }) => change >= risingRatio);
  const concerns: readonly [boolean, string][] = [
    [breaks > 0, `${numbered(breaks, "break")} between ledger and cache`],
    [defects > 0, `${numbered(defects, "defect")} in the signatures`],
    [unsigned > 0, `${numbered(unsigned, "signed action")} without evidence`],
    [
      violations > 0,
      `a probe saw ${numbered(violations, "foreign row or object", "foreign rows or objects")}`,
    ],
    [stray > 0, `${numbered(stray, "row or object", "rows or objects")} without the other half`],
    [unswept > 0, `${numbered(unswept, "object")} that nobody confirmed and nobody swept`],
    [rising.length > 0, `P95 rises in ${rising.map(({ action }) => action).join(", ")}`],
    ...missing.map((text): [boolean, string] => [true, text]),
  ];
  return concerns.filter(([holds]) => holds).map(([, text]) => text);
}

/** The whole document as text. Everything that comes from the week is escaped. */
export function renderWeek(week: Week): string {
  const title = `Part Lens, ${week.environment}: the week from ${week.from}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style())}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
${outcome(concernsOf(week))}
<dl class="figures">${figuresOf(week).map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>
</header>
${driftSection(week)}
${signatureSection(week)}
${latencySection(week)}
${slowCallSection(week)}
${probeSection(week)}
</main>
</body>
</html>
`.text;
}

function outcome(concerns: readonly string[]): Markup {
  if (concerns.length === 0)
    return html`<p class="outcome good"><span aria-hidden="true">✓</span> Nothing needs a person.</p>`;
  return html`<p class="outcome bad"><span aria-hidden="true">✗</span> ${concerns.length} ${concerns.length === 1 ? "thing needs" : "things need"} a person.</p>
<ul class="concerns">${concerns.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function figuresOf({
  drift,
  signatures,
  latency,
  probes,
}: Week): [name: string, value: Content, note: Content][] {
  const executed = sum(signatures, (one) => one.executed);
  const signed = sum(signatures, (one) => one.withEvidence);
  return [
    ["Requests", counted(sum(latency, ({ requests }) => requests)), "measured"],
    ["Worst drift", share(Math.max(0, ...drift.map(({ worst }) => worst))), "of any part"],
    [
      "Signed",
      executed === 0 ? "–" : share(signed / executed),
      `${counted(signed)} of ${counted(executed)} with evidence`,
    ],
    [
      "Foreign attempts",
      counted(sum(probes, ({ attempts }) => attempts)),
      `${counted(sum(probes, ({ violations }) => violations))} saw anything`,
    ],
  ];
}

function sum<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
