/** Ledger against cache, day by day. */
import { alertDrift } from "../../reconciliation/reconciliation.ts";
import { counted, numbered, share } from "../figures.ts";
import { html, type Markup } from "../markup.ts";
import { type DriftDay, type DriftingPlace, daysOf, type Week } from "./week.ts";

export function driftSection(week: Week): Markup {
  const tenants = [...Map.groupBy(week.drift, ({ tenant }) => tenant)];
  return html`<section>
<h2>Drift of the cache from the ledger</h2>
${
  tenants.length === 0
    ? html`<p class="none">Nothing was reconciled in this week.</p>`
    : html`<table>
<thead><tr><th>Tenant</th><th class="n">Rows compared</th><th class="n">Breaks</th><th class="n">Worst drift</th><th>Day by day</th></tr></thead>
<tbody>${tenants.map(([tenant, days]) => row(tenant, days, daysOf(week)))}</tbody>
</table>
<p class="none">A mark is a day: ✓ no break, ✗ at least one, – not reconciled. Above ${share(alertDrift)} somebody was alerted.</p>`
}
${week.drifting.length > 0 && driftingTable(week.drifting)}
</section>`;
}

/** Beyond these a list helps nobody: the reconciliation itself tells of all. */
const mostPlaces = 20;

function driftingTable(places: readonly DriftingPlace[]): Markup {
  const more = places.length - mostPlaces;
  return html`<h3>Where it drifted</h3>
<table class="places">
<thead><tr><th>Part</th><th>Yacht</th><th>Location</th><th class="n">Ledger</th><th class="n">Cache</th><th class="n">Drift</th><th>Seen</th></tr></thead>
<tbody>${places.slice(0, mostPlaces).map(placeRow)}</tbody>
</table>
${more > 0 && html`<p class="none">And ${numbered(more, "place")} more: npm run jobs -- reconcile --full --json lists those that still drift.</p>`}`;
}

function placeRow({ tenant, yachtId, partId, location, total, cached, drift, days }: DriftingPlace): Markup {
  const [first, last] = [days[0], days.at(-1)];
  return html`<tr>
<th scope="row" class="id">${partId}</th>
<td class="id" data-label="yacht">${yachtId}<small>${tenant}</small></td>
<td data-label="location">${location}</td>
<td class="n" data-label="ledger">${counted(total)}</td>
<td class="n" data-label="cache">${counted(cached)}</td>
<td class="n" data-label="drift"><span class="pill ${drift > alertDrift ? "bad" : "open"}">${share(drift)}</span></td>
<td data-label="seen">${first === last ? first : `${first} to ${last}`}</td>
</tr>`;
}

function row(tenant: string, found: readonly DriftDay[], days: readonly string[]): Markup {
  const examined = found.reduce((sum, day) => sum + day.examined, 0);
  const breaks = found.reduce((sum, day) => sum + day.breaks, 0);
  const worst = Math.max(0, ...found.map((day) => day.worst));
  return html`<tr>
<th scope="row">${tenant}</th>
<td class="n" data-label="rows compared">${counted(examined)}</td>
<td class="n" data-label="breaks"><span class="pill ${breaks === 0 ? "good" : "bad"}">${counted(breaks)}</span></td>
<td class="n" data-label="worst drift">${share(worst)}</td>
<td class="days">${days.map((day) =>
    mark(
      day,
      found.filter((one) => one.day === day),
    ),
  )}</td>
</tr>`;
}

function mark(day: string, found: readonly DriftDay[]): Markup {
  if (found.length === 0) return html`<span class="open" title="${day}: not reconciled">–</span>`;
  const breaks = found.reduce((sum, one) => sum + one.breaks, 0);
  return breaks === 0
    ? html`<span class="good" title="${day}: no break">✓</span>`
    : html`<span class="bad" title="${day}: ${numbered(breaks, "break")}">✗</span>`;
}
