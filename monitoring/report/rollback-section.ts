/** The rollbacks: why, how fast, and within which bounds. */
import { drawingsOf } from "./drawings.ts";
import { clock, seconds } from "./figures.ts";
import { html, type Markup } from "./markup.ts";
import type { Rollback, Timeline } from "./timeline.ts";

/** Seconds. Source: domain.md, "Two times, always reported". */
const limits = { down: 60, downAtMost: 300, together: 600 } as const;

/** Minutes drawn before and after a rollback. */
const around = { before: 10, after: 15 } as const;

export function rollbackSection(timeline: Timeline): Markup | null {
  const { rollbacks } = timeline;
  if (rollbacks.length === 0) return null;
  return html`<section>
<h2>Rollbacks</h2>
${rollbacks.map((rollback, index) => card(rollback, index, timeline))}
</section>`;
}

/** The stage that was left: the one that ended last before the rollback was over. */
function stageAt(minute: number, stages: Timeline["stages"]): string {
  const run = stages.findLast(({ from }) => from < minute) ?? stages[0];
  return run?.stage ?? "off";
}

/** What brought v2 down, or whatever did. */
const wayTexts = {
  killSwitch: "The kill switch was first: the rollback function",
  pin: "The pin was first: its function",
  unknown: "The function that acted",
} as const;

function card(rollback: Rollback, index: number, timeline: Timeline): Markup {
  const { cause, alsoFiring, toStage, at, causeToCondition, conditionToDown, milliseconds, way } = rollback;
  const kept = conditionToDown <= limits.down && causeToCondition + conditionToDown <= limits.together;
  return html`<article class="rollback">
<h3><span class="mark">R${index + 1}</span> ${stageAt(at, timeline.stages)} → ${toStage} at ${clock(at)}, because of <b>${cause}</b></h3>
<div class="times" role="img" aria-label="cause to condition ${seconds(causeToCondition)}, condition to down ${seconds(conditionToDown)}">
<div class="waiting" style="flex-grow:${share(causeToCondition, rollback)}"><span>cause → condition <b>${seconds(causeToCondition)}</b></span></div>
<div class="falling" style="flex-grow:${share(conditionToDown, rollback)}"><span>condition → down <b>${seconds(conditionToDown)}</b></span></div>
</div>
<p>${kept ? "Within" : "Beyond"} the bounds: condition → down under ${limits.down} s (never above ${limits.downAtMost} s), together at most
${limits.together} s. ${wayTexts[way ?? "unknown"]} took ${milliseconds} ms of real time.
${alsoFiring.length > 0 ? html`Also firing: ${alsoFiring.join(", ")}.` : "Nothing else fired."}</p>
<figure>${drawingsOf(timeline, rangeAround(at, timeline))}</figure>
</article>`;
}

function share(part: number, { causeToCondition, conditionToDown }: Rollback): string {
  const total = Math.max(1, causeToCondition + conditionToDown);
  return (part / total).toFixed(3);
}

function rangeAround(minute: number, { minutes }: Timeline): { from: number; to: number } {
  const end = (minutes.at(-1)?.minute ?? minute) + 1;
  const from = Math.max(0, Math.floor(minute) - around.before);
  return { from, to: Math.max(from + 1, Math.min(end, Math.floor(minute) + around.after)) };
}
