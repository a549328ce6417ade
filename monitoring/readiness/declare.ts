import { declaration } from "../../flags/plan.ts";
import { criterionText } from "../evidence/canary-plan.ts";
import type { JudgeInputs, Judgement } from "../judge.ts";
import { judgeCriteria } from "../judge.ts";
import { alarmsIn, type LiveView, percentLive } from "../rollout/live-view.ts";
import { mayDeclare, type RolloutState } from "../rollout/state.ts";
import { type Caller, type Decision, stampOf } from "../rollout/verbs/decision.ts";

const day = 24 * 60 * 60_000;

/** The days that are declared, which end at that time: milliseconds since the epoch. */
export function declaredDays(to: number): { readonly from: number; readonly to: number } {
  return { from: to - declaration.days * day, to };
}

/** How the criteria of the declaration stand over those days. Throws what a source throws. */
export function judgeDeclaration(
  inputs: Pick<JudgeInputs, "metrics" | "database" | "from" | "to">,
): Promise<Judgement> {
  return judgeCriteria(declaration.criteria, { ...inputs, bakeMinutes: (declaration.days * day) / 60_000 });
}

/** Declares production-ready, or says everything that is missing, with the numbers. Source: domain.md. */
export function declare(
  state: RolloutState,
  live: Pick<LiveView, "percent" | "cap" | "alarms">,
  caller: Caller,
  { verdict, criteria }: Pick<Judgement, "verdict" | "criteria">,
): Decision {
  const { from, to } = declaredDays(Date.parse(caller.at));
  const days = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const missing = [
    mayDeclare(state, days.from),
    ...liveProblems(live),
    ...criteria
      .filter((one) => one.verdict !== "pass")
      .map((one) => `${criterionText(one)}: ${one.verdict}, ${one.reason}`),
  ].filter((item) => item !== undefined);
  if (missing.length > 0 || verdict !== "pass")
    return {
      refused: ["not production-ready, missing is:", ...missing.map((item) => `  ${item}`)].join("\n"),
    };
  return {
    events: [{ kind: "declared", ...stampOf(caller), ...days, details: { criteria } }],
    text: `production-ready: ${criteria.length} criteria held for ${declaration.days} days, until ${days.to}`,
  };
}

function liveProblems(live: Pick<LiveView, "percent" | "cap" | "alarms">): string[] {
  const percent = percentLive(live);
  const firing = alarmsIn("ALARM", live);
  return [
    percent !== 100 && `v2 serves ${percent ?? "an unknown share"}${percent === null ? "" : " %"}, not 100 %`,
    firing.length > 0 && `${firing.join(", ")} is in ALARM`,
  ].filter((problem) => typeof problem === "string");
}
