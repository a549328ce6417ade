/** The rollbacks: why, how fast, and within which bounds. */
import { drawingsOf } from "./drawings.ts";
import { clock, seconds } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { Reported, Rollback } from "./timeline.ts";

/** Seconds. Source: domain.md, "Two times, always reported". */
const limits = { down: 60, downAtMost: 300, together: 600 } as const;

/** Minutes drawn before and after a rollback. */
const around = { before: 10, after: 15 } as const;

export function rollbackSection(timeline: Reported): Markup | null {
  const { rollbacks } = timeline;
  if (rollbacks.length === 0) return null;
  return html`<section>
<h2>Rollbacks</h2>
${rollbacks.map((rollback, index) => card(rollback, index, timeline))}
</section>`;
}

/** The stage that was left: the one that ended last before the rollback was over. */
function stageAt(minute: number, stages: Reported["stages"]): string {
  const run = stages.findLast(({ from }) => from < minute) ?? stages[0];
  return run?.stage ?? "off";
}

/** What brought v2 down, or whatever did. */
const wayTexts = {
  killSwitch: "The kill switch was first: the rollback function",
  pin: "The pin was first: its function",
  unknown: "The function that acted",
} as const;

function card(rollback: Rollback, index: number, timeline: Reported): Markup {
  const { cause, alsoFiring, toStage, at, conditionToDown, milliseconds, way } = rollback;
  return html`<article class="rollback">
<h3><span class="mark">R${index + 1}</span> ${stageAt(at, timeline.stages)} → ${toStage} at ${clock(at)}, because of <b>${cause}</b></h3>
${timesBar(rollback)}
<p>${boundsText(rollback)} ${Number.isFinite(conditionToDown) && milliseconds !== undefined && `${wayTexts[way ?? "unknown"]} took ${milliseconds} ms of real time.`}
${alsoFiring.length > 0 ? html`Also firing: ${alsoFiring.join(", ")}.` : "Nothing else fired."}</p>
<figure>${drawingsOf(timeline, rangeAround(at, timeline))}</figure>
</article>`;
}

/** Both times side by side, each as wide as it is long; a cause that nobody knows has no length. */
function timesBar({ causeToCondition, conditionToDown }: Rollback): Markup {
  const total = Math.max(1, (causeToCondition ?? 0) + conditionToDown);
  const width = (part: number) => (part / total).toFixed(3);
  const before = causeToCondition === undefined ? "unknown" : seconds(causeToCondition);
  const down = seconds(conditionToDown);
  return html`<div class="times" role="img" aria-label="cause to condition ${before}, condition to down ${down}">
<div class="waiting" style="flex-grow:${width(causeToCondition ?? 0)}"><span>cause → condition <b>${before}</b></span></div>
<div class="falling" style="flex-grow:${width(conditionToDown)}"><span>condition → down <b>${down}</b></span></div>
</div>`;
}

function boundsText({ causeToCondition = 0, conditionToDown }: Rollback): string {
  const kept = conditionToDown <= limits.down && causeToCondition + conditionToDown <= limits.together;
  return (
    `${kept ? "Within" : "Beyond"} the bounds: condition → down under ${limits.down} s ` +
    `(never above ${limits.downAtMost} s), together at most ${limits.together} s.`
  );
}

function rangeAround(minute: number, { minutes }: Reported): { from: number; to: number } {
  const end = (minutes.at(-1)?.minute ?? minute) + 1;
  const from = Math.max(0, Math.floor(minute) - around.before);
  return { from, to: Math.max(from + 1, Math.min(end, Math.floor(minute) + around.after)) };
}
