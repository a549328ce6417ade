/** The stages with the judge's numbers. */
import { plan } from "../../flags/plan.ts";
import { clock, counted, duration, measured } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { CriterionResult, Reported, StageRun } from "./timeline.ts";

const verdictWords = {
  pass: { mark: "✓", word: "pass", tone: "good" },
  fail: { mark: "✗", word: "fail", tone: "bad" },
  inconclusive: { mark: "…", word: "inconclusive", tone: "open" },
  rolledBack: { mark: "↓", word: "rolled back", tone: "bad" },
} as const satisfies Record<StageRun["verdict"], { mark: string; word: string; tone: string }>;

/** How a measure is called in a sentence. */
const measureWords: Readonly<Record<string, string>> = {
  serverErrors: "Server errors (5xx)",
  errorRate: "Error rate",
  p95: "P95 latency",
  p99: "P99 latency",
  p95Ratio: "P95 against control",
  errorsAboveControl: "Errors above control",
  unavailableAboveControl: "503 above control",
  timeoutRate: "Timeouts",
  timeoutRatio: "Timeouts against control",
  rlsViolations: "Row-security violations",
  unsignedExecutions: "Unsigned executions",
  signedWithoutEvidence: "Signed without evidence",
  ledgerMismatches: "Ledger ≠ cache",
  orphanedTransactions: "Orphaned transactions",
  duplicateKeys: "Duplicate idempotency keys",
  drift: "Largest drift of a part",
  worstDrift: "Largest drift of a part in these days",
  integrityBreaks: "Integrity breaks",
};

export function stageSection({ stages }: Reported): Markup {
  return html`<section>
<h2>Stages and verdicts</h2>
${stages.map(stageCard)}
</section>`;
}

function stageCard(run: StageRun): Markup {
  const { stage, attempt, verdict, from, to, criteria } = run;
  const percent = plan.find((entry) => entry.stage === stage)?.percent;
  return html`<article class="stage">
<h3>${pill(verdict)} ${stage}${attempt > 1 && html` <small>attempt ${attempt}</small>`}
<small class="span">${clock(from)} – ${clock(to)}, ${duration(to - from)}${percent !== undefined && `, ${percent} % of the yachts`}</small></h3>
${criteria.length > 0 ? criteriaTable(criteria) : html`<p class="none">Not judged: the stage ended before its bake did.</p>`}
</article>`;
}

function criteriaTable(criteria: readonly CriterionResult[]): Markup {
  return html`<table>
<thead><tr><th>Criterion</th><th class="n">Value</th><th class="n">Limit</th><th class="n">95 % bounds</th><th class="n">Samples</th><th>Verdict</th></tr></thead>
<tbody>${criteria.map(criterionRow)}</tbody>
</table>`;
}

function criterionRow({
  measure,
  value,
  limit,
  comparison,
  interval,
  samples,
  verdict,
  reason,
}: CriterionResult): Markup {
  const bounds = interval ? `${measured(measure, interval[0])} – ${measured(measure, interval[1])}` : "–";
  const sign = comparison === "below" ? "<" : "≤";
  return html`<tr>
<th scope="row">${measureWords[measure] ?? measure}</th>
<td class="n" data-label="value">${measured(measure, value)}</td>
<td class="n" data-label="limit">${sign} ${measured(measure, limit)}</td>
<td class="n" data-label="95 % bounds">${bounds}</td>
<td class="n" data-label="samples">${counted(samples)}</td>
<td>${pill(verdict)} <span class="reason">${reason}</span></td>
</tr>`;
}

export function pill(verdict: StageRun["verdict"]): Markup {
  const { mark, word, tone } = verdictWords[verdict];
  return html`<span class="pill ${tone}">${mark} ${word}</span>`;
}
