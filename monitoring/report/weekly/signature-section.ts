/** The signatures of the week, and what is wrong with them. */
import { counted, numbered } from "../figures.ts";
import { html, type Markup } from "../markup.ts";
import type { SignatureWeek, Week } from "./week.ts";

/** Beyond these a list helps nobody: the review itself has them all. */
const mostDefects = 20;

export function signatureSection({ signatures }: Week): Markup {
  const defects = signatures.flatMap(({ tenant, defects: found }) =>
    found.map(({ kind, detail }) => ({ tenant, kind, detail })),
  );
  return html`<section>
<h2>Signatures</h2>
${
  signatures.length === 0
    ? html`<p class="none">No audit log was reviewed in this week.</p>`
    : html`<table>
<thead><tr><th>Tenant</th><th class="n">Signed actions of v2</th><th class="n">with verified evidence</th><th class="n">Unsigned in v1</th><th class="n">Chain followed</th><th>Verdict</th></tr></thead>
<tbody>${signatures.map(row)}</tbody>
</table>`
}
${
  defects.length > 0 &&
  html`<ul class="defects">${defects
    .slice(0, mostDefects)
    .map(({ tenant, kind, detail }) => html`<li><b>${kind}</b> ${tenant}: ${detail}</li>`)}</ul>
${defects.length > mostDefects && html`<p class="none">And ${defects.length - mostDefects} more: npm run jobs -- review lists them all.</p>`}`
}
</section>`;
}

function row({ tenant, executed, withEvidence, unsignedInV1, chainRows, defects }: SignatureWeek): Markup {
  const sound = executed === withEvidence && defects.length === 0;
  return html`<tr>
<th scope="row">${tenant}</th>
<td class="n" data-label="signed actions">${counted(executed)}</td>
<td class="n" data-label="with evidence">${counted(withEvidence)}</td>
<td class="n" data-label="unsigned in v1">${counted(unsignedInV1)}</td>
<td class="n" data-label="chain">${numbered(chainRows, "row")}</td>
<td><span class="pill ${sound ? "good" : "bad"}">${sound ? "✓ sound" : `✗ ${numbered(defects.length, "defect")}`}</span></td>
</tr>`;
}
