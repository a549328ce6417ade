import { declaration } from "../../flags/plan.ts";
import { criterionText } from "../evidence/canary-plan.ts";
import type { StageVerdict } from "../judge.ts";
import { alarmsIn, type LiveView, percentLive } from "../rollout/live-view.ts";
import { unarmedText } from "../rollout/preflight.ts";
import { againstDeclaring, type RolloutState } from "../rollout/state.ts";
import { type Caller, type Decision, stampOf } from "../rollout/verbs/decision.ts";

/** More than the days are looked at: a place rounds to whole minutes, and leaves out those whose metrics may be late. */
const roundedMinutes = 15;

/** The days that are declared, in milliseconds since the epoch: those before that time, or a trial's minutes. */
export function declaredDays(
  to: number,
  trialMinutes?: number,
): { readonly from: number; readonly to: number } {
  const minutes = trialMinutes ?? declaration.days * 24 * 60 + roundedMinutes;
  return { from: to - minutes * 60_000, to };
}

/** What of the live view is asked. */
type Seen = Pick<LiveView, "percent" | "cap" | "alarms" | "unarmed">;

/** Declares production-ready, or says everything that is missing, with the numbers. Source: domain.md. */
export function declare(
  state: RolloutState,
  live: Seen,
  caller: Caller,
  { criteria, ...window }: Pick<StageVerdict, "criteria"> & ReturnType<typeof declaredDays>,
): Decision {
  const [from, to] = [window.from, window.to].map((time) => new Date(time).toISOString()) as [string, string];
  const missing = [
    ...againstDeclaring(state, from),
    ...liveProblems(live),
    ...criteria
      .filter((one) => one.verdict !== "pass")
      .map((one) => `${criterionText(one)}: ${one.verdict}, ${one.reason}`),
  ];
  if (missing.length > 0)
    return {
      refused: ["not production-ready, missing is:", ...missing.map((item) => `  ${item}`)].join("\n"),
      missing,
    };
  return {
    events: [{ kind: "declared", ...stampOf(caller), from, to, details: { criteria } }],
    text: `production-ready: ${criteria.length} criteria held from ${from} to ${to}`,
  };
}

function liveProblems(live: Seen): string[] {
  const percent = percentLive(live);
  const firing = alarmsIn("ALARM", live);
  return [
    percent !== 100 && `v2 serves ${percent ?? "an unknown share"}${percent === null ? "" : " %"}, not 100 %`,
    firing.length > 0 && `${firing.join(", ")} is in ALARM`,
    unarmedText(live),
  ].filter((problem) => typeof problem === "string");
}
