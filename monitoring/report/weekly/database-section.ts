/** Slow calls with advice, and what the probes and the storage check found. */
import { counted, measured, share } from "../figures.ts";
import { html, type Markup } from "../markup.ts";
import type { Week } from "./week.ts";

export function slowCallSection({ slowCalls, indexAdvice }: Week): Markup {
  return html`<section>
<h2>Slowest calls of the database</h2>
${
  slowCalls.length === 0
    ? html`<p class="none">No call was recorded.</p>`
    : html`<table>
<thead><tr><th>Call</th><th>Tenant</th><th class="n">Calls</th><th class="n">Mean</th><th class="n">Share of all time</th></tr></thead>
<tbody>${slowCalls.map(
        ({ call, tenant, calls, mean, share: part }) => html`<tr>
<th scope="row">${call}</th><td data-label="tenant">${tenant}</td><td class="n" data-label="calls">${counted(calls)}</td>
<td class="n" data-label="mean">${measured("p95", mean)}</td><td class="n" data-label="of all time">${share(part)}</td></tr>`,
      )}</tbody>
</table>`
}
${
  indexAdvice.length > 0 &&
  html`<ul>${indexAdvice.map(({ tenant, table, advice }) => html`<li><b>${table}</b> of ${tenant}: ${advice}</li>`)}</ul>`
}
</section>`;
}

export function probeSection({ probes, orphans }: Week): Markup {
  const tenants = [...new Set([...probes, ...orphans].map(({ tenant }) => tenant))];
  return html`<section>
<h2>Probes and storage</h2>
${
  tenants.length === 0
    ? html`<p class="none">Nothing was probed in this week.</p>`
    : html`<table>
<thead><tr><th>Tenant</th><th class="n">Foreign attempts</th><th class="n">Seen</th><th class="n">Rows without object</th><th class="n">Objects without row</th><th class="n">Unswept</th></tr></thead>
<tbody>${tenants.map((tenant) => probeRow(tenant, probes, orphans))}</tbody>
</table>`
}
</section>`;
}

function probeRow(tenant: string, probes: Week["probes"], orphans: Week["orphans"]): Markup {
  const probed = probes.find((one) => one.tenant === tenant);
  const checked = orphans.find((one) => one.tenant === tenant);
  const cell = (label: string, value: number | undefined, harmless = false) =>
    html`<td class="n" data-label="${label}">${value === undefined ? "–" : countPill(value, harmless)}</td>`;
  return html`<tr>
<th scope="row">${tenant}</th>
${cell("attempts", probed?.attempts, true)}
${cell("seen", probed?.violations)}
${cell("rows without object", checked?.rowsWithoutObject)}
${cell("objects without row", checked?.objectsWithoutRow)}
${cell("unswept", checked?.unswept)}
</tr>`;
}

function countPill(value: number, harmless: boolean): Markup {
  if (harmless) return html`${counted(value)}`;
  return html`<span class="pill ${value === 0 ? "good" : "bad"}">${counted(value)}</span>`;
}
