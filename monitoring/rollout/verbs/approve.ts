import type { StageName } from "../../../flags/plan.ts";
import { lockedText, nextStage, type RolloutState } from "../state.ts";
import { type Caller, type Decision, given, stampOf } from "./decision.ts";

/** Lets the rollout go to the next stage, once. It replaces no verdict, alarm or lock. */
export function approve(
  state: RolloutState,
  caller: Caller,
  input: { readonly stage?: StageName | undefined; readonly reason?: string },
): Decision {
  const next = nextStage(state);
  const stage = input.stage ?? next;
  const refused = refusalOf(state, stage, next);
  if (refused !== undefined || stage === undefined) return { refused: refused ?? "" };
  const reason = given(input.reason);
  return {
    events: [{ kind: "approved", ...stampOf(caller), stage, ...(reason && { reason }) }],
    text: `${stage} is approved by ${caller.actor}: it is used up by the move there, a rollback takes it back`,
  };
}

function refusalOf(
  state: RolloutState,
  stage: StageName | undefined,
  next: StageName | undefined,
): string | undefined {
  if (!next || !stage) return `the rollout is at ${state.stage}, the last stage: there is nothing to approve`;
  if (stage !== next) {
    return `${stage} cannot be approved now: the next stage is ${next}, and an approval is given with its evidence in sight`;
  }
  if (state.lock) return lockedText(state.lock);
  if (!state.needsApproval.includes(stage)) return `${stage} needs no approval here`;
  const before = state.approvals.find((approval) => approval.stage === stage);
  return before && `${stage} is approved already, by ${before.actor} at ${before.at}`;
}
