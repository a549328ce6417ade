import type { RolloutState } from "../state.ts";
import { type Caller, type Decision, given, stampOf } from "./decision.ts";

/** Ends a hold. It raises nothing by itself, and ends no lock. */
export function resume(state: RolloutState, caller: Caller, input: { readonly reason?: string }): Decision {
  if (!state.hold) {
    const lock = state.lock ? '; it is locked, which "npm run rollout -- acknowledge --reason …" ends' : "";
    return { refused: `nobody holds the rollout${lock}` };
  }
  const reason = given(input.reason);
  return {
    events: [{ kind: "resumed", ...stampOf(caller), ...(reason && { reason }) }],
    text: `the hold of ${state.hold.actor} (${state.hold.reason}) is ended; the rollout is at ${state.stage}`,
  };
}
