import { stageOf } from "../../../flags/plan.ts";
import type { StageVerdict } from "../../judge.ts";
import type { ControlRecord } from "../../window-reading.ts";
import type { RolloutPlace } from "../place.ts";
import type { ExpectedTraffic } from "../plan-lint.ts";
import type { DatabasesSeen } from "../service-checks.ts";
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
  const requestsPerMinute = requests ?? (await place.requestsPerMinute());
  // Without the fleet the exposed share is the stage's percent itself: a look must not fail for that.
  const fleet = await place.yachts().catch(() => undefined);
  return {
    requestsPerMinute,
    ...(fleet && { yachts: fleet.filter(({ holdOut }) => !holdOut).length }),
    ...(bakeMinutes !== undefined && { bakeMinutes }),
  };
}

/** The databases, or why they could not be looked at: that stands against a rise like any other finding. */
export async function databasesSeen(place: RolloutPlace): Promise<DatabasesSeen> {
  try {
    return { databases: (await place.checks()).databases };
  } catch (error) {
    return { unseen: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** v1's numbers of ramp-50, which full-100 is compared with. */
function controlOf({ history, stage }: RolloutState): ControlRecord | undefined {
  if (stageOf(stage).percent < 100) return undefined;
  const details = detailsOf(history, "ramp-50") as { readonly control?: ControlRecord } | undefined;
  return details?.control;
}
