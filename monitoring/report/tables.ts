/** The plain tables of the report: exposure, what happened and who did it, what was not simulated. */
import { countText, nounOf } from "../count-text.ts";
import { clock, percent } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { EventKind, Exposure, Reported } from "./timeline.ts";

export function exposureSection({ exposure }: Reported): Markup {
  return html`<section>
<h2>Exposure, planned and observed</h2>
<table>
<thead><tr><th>Stage</th><th class="n">Yachts planned</th><th class="n">observed</th><th class="n">Requests planned</th><th class="n">observed</th><th class="wide-only">Share of yachts on v2</th></tr></thead>
<tbody>${exposure.map(exposureRow)}</tbody>
</table>
</section>`;
}

function exposureRow({ stage, attempt, yachts, requests }: Exposure): Markup {
  const bar = html`<span class="bar"><i style="width:${clamped(yachts.observed)}%"></i><b style="left:${clamped(yachts.planned)}%"></b></span>`;
  return html`<tr>
<th scope="row">${stage}${attempt > 1 && html` <small>attempt ${attempt}</small>`}</th>
<td class="n" data-label="yachts planned">${percent(yachts.planned)}</td>
<td class="n" data-label="observed">${percent(yachts.observed)}</td>
<td class="n" data-label="requests planned">${percent(requests.planned)}</td>
<td class="n" data-label="observed">${percent(requests.observed)}</td>
<td class="wide-only">${bar}</td>
</tr>`;
}

function clamped(share: number): string {
  return Math.min(100, Math.max(0, share)).toFixed(1);
}

const eventWords = {
  stage: "stage",
  fault: "fault",
  alarm: "alarm",
  calm: "alarm over",
  told: "told",
  rollback: "rollback",
  acknowledged: "acknowledged",
  verdict: "verdict",
  cleared: "cleared",
} as const satisfies Record<EventKind, string>;

export function eventSection({ events }: Reported): Markup {
  return html`<section>
<h2>What happened, and who did it</h2>
<table class="events">
<thead><tr><th class="n">Time</th><th>What</th><th></th><th>Who</th></tr></thead>
<tbody>${events.map(
    ({ minute, kind, text, actor }) => html`<tr class="${kind}">
<td class="n" data-label="at">${clock(minute)}</td><td><span class="kind">${eventWords[kind]}</span></td><td class="what">${text}</td><td class="who">${actor ?? "–"}</td>
</tr>`,
  )}</tbody>
</table>
</section>`;
}

export function notSimulatedSection(notSimulated: readonly string[]): Markup {
  const count = notSimulated.length;
  return html`<section>
<h2>Not simulated</h2>
${
  count === 0
    ? html`<p>Every resource of the program was realised on this machine.</p>`
    : html`<p>${countText(count, "resource")} of the program ${nounOf(count, "exists", "exist")} here as a record only: nothing on this machine stands in for them.</p>
<ul class="columns">${notSimulated.map((resource) => html`<li>${resource}</li>`)}</ul>`
}
</section>`;
}
