import { leasedText, type RolloutState } from "../state.ts";
import { type Caller, type Decision, stampOf } from "./decision.ts";

/** Takes the runner lease, which lets one runner at a time carry the rollout on. */
export function lease(state: RolloutState, caller: Caller): Decision {
  const { runner } = caller;
  if (!runner) return { refused: "only a runner takes the lease" };
  if (state.lease?.runner === runner) return { events: [], text: `${runner} has the lease` };
  if (state.lease) return { refused: leasedText(state.lease) };
  return { events: [{ kind: "leased", ...stampOf(caller), runner }], text: `${runner} has the lease` };
}

/** Gives it back; without it there is nothing to do. */
export function release(state: RolloutState, caller: Caller): Decision {
  const { runner } = caller;
  if (!runner || state.lease?.runner !== runner) return { events: [], text: "the lease was not held" };
  return { events: [{ kind: "released", ...stampOf(caller), runner }], text: "the lease is given back" };
}
