import type { LiveView } from "../live-view.ts";
import { mayDeploy, projectionOf } from "../projection.ts";
import type { RolloutState } from "../state.ts";
import { type Caller, type Decision, given, stampOf } from "./decision.ts";

/**
 * A named person has read the cause: stages may rise again and both ways down are armed again. Not before the live
 * document is where the log says: arming would expose yachts that nobody asked for.
 */
export function acknowledge(
  state: RolloutState,
  live: LiveView,
  caller: Caller,
  input: { readonly reason?: string },
): Decision {
  const reason = given(input.reason);
  const pinned = live.pin?.pinned ? live.pin.cause : undefined;
  const cause = state.lock?.cause ?? (live.lock.locked ? live.lock.cause : pinned);
  if (cause === undefined && live.cap !== 0)
    return { refused: "the rollout is not locked: there is nothing to acknowledge" };
  if (!reason) return { refused: "say with --reason what the cause was and what was done about it" };
  if (live.documentStage !== state.stage) {
    return {
      refused:
        `the live flag document is of ${live.documentStage}, the rollout is at ${state.stage}: ` +
        "it is brought there as soon as no alarm fires; wait for that, and acknowledge then",
    };
  }
  if (mayDeploy(state.stage, { ...projectionOf(state), lock: live.lock, pin: live.pin })) {
    return {
      refused: `a way down was taken to off, and the rollout is recorded at ${state.stage}: it is recorded first, try again`,
    };
  }
  return {
    events: [{ kind: "acknowledged", ...stampOf(caller), reason }],
    text: `${cause ?? "the kill switch"} is acknowledged, the kill switch is armed; the rollout is at ${state.stage}`,
  };
}
