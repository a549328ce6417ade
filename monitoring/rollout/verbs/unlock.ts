import type { RolloutState } from "../state.ts";
import { type Caller, type Decision, given, stampOf } from "./decision.ts";

/** Clears the lease that a killed runner has left. The rollout lock is another thing: `acknowledge` ends that. */
export function unlock(state: RolloutState, caller: Caller, input: { readonly reason?: string }): Decision {
  const reason = given(input.reason);
  if (!state.lease) {
    const lock = state.lock ? '; the rollout lock ends with "npm run rollout -- acknowledge --reason …"' : "";
    return { refused: `no runner holds the lease${lock}` };
  }
  if (!reason) return { refused: `say with --reason how you know that ${state.lease.runner} is gone` };
  return {
    events: [{ kind: "unlocked", ...stampOf(caller), reason }],
    text: `the lease of ${state.lease.runner} is cleared`,
  };
}
