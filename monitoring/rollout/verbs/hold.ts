import { heldText, type RolloutState } from "../state.ts";
import { type Caller, type Decision, given, stampOf } from "./decision.ts";

/** Nothing rises until somebody resumes. Judging and going down go on. */
export function hold(state: RolloutState, caller: Caller, input: { readonly reason?: string }): Decision {
  const reason = given(input.reason);
  if (!reason)
    return { refused: "say why with --reason: whoever meets the hold must know what it waits for" };
  if (state.hold) return { refused: heldText(state.hold) };
  return {
    events: [{ kind: "held", ...stampOf(caller), reason }],
    text: `held at ${state.stage}: nothing rises until "npm run rollout -- resume"; checks and alarms go on`,
  };
}
