import { type StageName, stageNames, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import type { LiveView } from "../../../monitoring/rollout/live-view.ts";
import { initialStateOf, type RolloutState, replay } from "../../../monitoring/rollout/state.ts";

export const at = "2026-11-23T12:00:00.000Z";
export const stamp = { at, actor: "ada" };
export const caller = { actor: "grace", at: "2026-11-23T14:00:00.000Z" };

/** A rollout at that stage, each stage before it passed; `last`: this one's verdict. */
export function stateAt(
  stage: StageName,
  options: {
    readonly environment?: string;
    readonly last?: "pass" | "fail" | "inconclusive";
    readonly after?: readonly RolloutEvent[];
  } = {},
): RolloutState {
  const events: RolloutEvent[] = [];
  for (const to of stageNames.slice(1, stageNames.indexOf(stage) + 1)) {
    events.push({ kind: "approved", ...stamp, stage: to }, { kind: "advanced", ...stamp, to, cohort: ["a"] });
    if (to !== stage) events.push({ kind: "judged", ...stamp, stage: to, verdict: "pass" });
  }
  if (options.last) events.push({ kind: "judged", ...stamp, stage, verdict: options.last });
  return replay([...events, ...(options.after ?? [])], initialStateOf(options.environment ?? "local"));
}

/** What is live when everything is as the state says. */
export function liveOf(state: RolloutState, changes: Partial<LiveView> = {}): LiveView {
  return {
    documentStage: state.stage,
    percent: stageOf(state.stage).percent,
    cap: 100,
    code: null,
    lock: { locked: false },
    alarms: { serverErrors: "OK", slowShare: "OK" },
    unarmed: [],
    apiUrl: "http://127.0.0.1:20000",
    ...changes,
  };
}
