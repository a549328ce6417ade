import { stageOf } from "../../../flags/plan.ts";
import type { StageVerdict } from "../../judge.ts";
import type { ControlRecord } from "../../window-reading.ts";
import type { RolloutPlace } from "../place.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import type { RolloutState } from "../state.ts";
import { detailsOf } from "../verbs/watch.ts";
import type { Seen } from "./rollout-observer.ts";

/** The stage as it would be judged now; undefined where nothing is exposed or its bake has not begun. */
export async function lookAtStage(
  place: RolloutPlace,
  { state, bakeFrom }: Pick<Seen, "state" | "bakeFrom">,
  bakeMinutes?: number,
): Promise<StageVerdict | undefined> {
  if (state.percent === 0 || bakeFrom === undefined) return undefined;
  const control = controlOf(state);
  const bake = { from: Date.parse(bakeFrom), to: place.now(), bakeMinutes };
  return place.judge(state.stage, { ...bake, ...(control && { control }) });
}

/** What the fleet has sent of late, or what somebody says that it will. */
export async function expectedTraffic(
  place: RolloutPlace,
  requests: number | undefined,
  bakeMinutes?: number,
): Promise<ExpectedTraffic> {
  const yachts = (await place.yachts()).filter(({ holdOut }) => !holdOut).length;
  const requestsPerMinute = requests ?? (await place.requestsPerMinute());
  return { requestsPerMinute, yachts, ...(bakeMinutes !== undefined && { bakeMinutes }) };
}

/** v1's numbers of ramp-50, which full-100 is compared with. */
function controlOf({ history, stage }: RolloutState): ControlRecord | undefined {
  if (stageOf(stage).percent < 100) return undefined;
  const details = detailsOf(history, "ramp-50") as { readonly control?: ControlRecord } | undefined;
  return details?.control;
}
