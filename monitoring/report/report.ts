/** The report of a rollout or a rehearsal: one HTML file that needs nothing else, no script, no network. */
import { drawingsOf } from "./drawings.ts";
import { clock, counted, duration, seconds } from "./figures.ts";
import { type Content, html, Markup } from "./markup.ts";
import { rollbackSection } from "./rollback-section.ts";
import { stageSection } from "./stage-section.ts";
import { style } from "./style.ts";
import { eventSection, exposureSection, notSimulatedSection } from "./tables.ts";
import type { Reported, SignedActions } from "./timeline.ts";

/** The whole document as text. Everything that comes from the timeline is escaped. */
export function renderReport(timeline: Reported): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${timeline.title}</title>
<style>${new Markup(style())}</style>
</head>
<body>
<main>
${header(timeline)}
${chartSection(timeline)}
${rollbackSection(timeline)}
${stageSection(timeline)}
${exposureSection(timeline)}
${eventSection(timeline)}
${timeline.notSimulated && notSimulatedSection(timeline.notSimulated)}
</main>
</body>
</html>
`.text;
}

function header(timeline: Reported): Markup {
  const { ok, text } = timeline.outcome;
  return html`<header>
<h1>${timeline.title}</h1>
<p class="outcome ${ok ? "good" : "bad"}"><span aria-hidden="true">${ok ? "✓" : "✗"}</span> ${text}</p>
<dl class="figures">${figuresOf(timeline).map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>
</header>`;
}

type Figure = [name: string, value: Content, note: Content];

function figuresOf(timeline: Reported): Figure[] {
  const { minutes, requests, wallSeconds, rollbacks, signedActions, seed, startedAt } = timeline;
  const length = (minutes.at(-1)?.minute ?? -1) + 1;
  const rate = wallSeconds ? `${counted(Math.round(requests / wallSeconds))} a second` : "of both versions";
  const slowest = Math.max(0, ...rollbacks.map(({ conditionToDown }) => conditionToDown));
  const start = startedAt.slice(0, 16).replace("T", " ");
  return [
    wallSeconds === undefined
      ? ["Time", duration(length), `from ${start} UTC`]
      : ["Time rehearsed", duration(length), `in ${seconds(wallSeconds)}`],
    ["Requests", counted(requests), rate],
    [
      "Rollbacks",
      counted(rollbacks.length),
      rollbacks.length > 0 ? `down in ${seconds(slowest)} at most` : "none was needed",
    ],
    ...(signedActions ? [signedFigure(signedActions)] : []),
    ...(seed === undefined ? [] : [["Seed", seed, `minute 0 is ${start} UTC`] as Figure]),
  ];
}

function signedFigure({ asked, verified, refused }: SignedActions): Figure {
  return ["Signed by v2", counted(verified), `of ${asked} asked, ${refused} refused`];
}

function chartSection(timeline: Reported): Markup {
  return html`<section>
<h2>Timeline</h2>
<figure>${drawingsOf(timeline)}
<figcaption>Time is in hours since the start (h:mm). One panel width for each stage and attempt; what lasts longer than an
hour is drawn narrower, on the grey ground: a point there stands for several minutes, their errors together and the
highest of their P95s and P99s. The solid line is P95, the dotted one P99.
${timeline.rollbacks.length > 0 ? "A red line is a rollback. " : ""}${faultNote(timeline)}</figcaption>
</figure>
</section>`;
}

function faultNote({ events }: Reported): string {
  const fault = events.find(({ kind }) => kind === "fault");
  return fault ? `The red ground is the time a fault was in place, from ${clock(fault.minute)} on.` : "";
}
