/** How the latency of each action moved in the week. */
import { counted, measured } from "../figures.ts";
import { html, type Markup } from "../markup.ts";
import { sparkline } from "./sparkline.ts";
import { risingRatio, type Trend, trendsOf } from "./trend.ts";
import { daysOf, type Week } from "./week.ts";

export function latencySection(week: Week): Markup {
  const days = daysOf(week);
  const trends = trendsOf(week.latency, days);
  return html`<section>
<h2>Latency, by action</h2>
${
  trends.length === 0
    ? html`<p class="none">No request of this week was measured.</p>`
    : html`<table class="trends">
<thead><tr><th>Action</th><th class="n">Requests</th><th class="n">P95 at the end</th><th class="n">P99 at the end</th><th>The week, P95 and dotted P99</th><th>Trend</th></tr></thead>
<tbody>${trends.map((trend) => row(trend, days))}</tbody>
</table>
<p class="none">Of several tenants the slowest is shown, day by day. The trend compares the last two days with the first two.</p>`
}
</section>`;
}

function row(trend: Trend, days: readonly string[]): Markup {
  const { action, version, requests, p95, p99 } = trend;
  return html`<tr>
<th scope="row">${action} <small>${version}</small></th>
<td class="n" data-label="requests">${counted(requests)}</td>
<td class="n" data-label="P95">${measured("p95", last(p95))}</td>
<td class="n" data-label="P99">${measured("p99", last(p99))}</td>
<td class="spark">${sparkline(trend, days)}</td>
<td>${changePill(trend)}</td>
</tr>`;
}

function last(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

function changePill({ change }: Trend): Markup {
  if (change === undefined) return html`<span class="pill open">too few to tell</span>`;
  const percent = Math.round((change - 1) * 100);
  const text = `${percent > 0 ? "+" : ""}${percent} %`;
  if (change >= risingRatio) return html`<span class="pill bad">↑ ${text}</span>`;
  return html`<span class="pill good">${change <= 1 / risingRatio ? "↓" : "→"} ${text}</span>`;
}
