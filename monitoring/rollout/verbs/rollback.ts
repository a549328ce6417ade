import { type StageName, stageOf } from "../../../flags/plan.ts";
import type { RollbackOrigin } from "../rollback-origin.ts";
import type { RolloutState } from "../state.ts";
import { type Accepted, type Caller, given, stampOf } from "./decision.ts";

export interface RollbackDecision extends Accepted {
  /** The stage that the document is brought to. */
  readonly to: StageName;
  /** First of all the kill switch: seconds, and no stack update needed. Only to 0: it knows no stage between. */
  readonly capZero: boolean;
}

/** Down, now, and locked. Never refused: a stage that is not lower leaves the rollout where it is, locked. */
export function rollback(
  state: RolloutState,
  caller: Caller,
  input: {
    readonly to?: StageName | undefined;
    readonly reason?: string;
    readonly origin?: RollbackOrigin;
  },
): RollbackDecision {
  const wanted = input.to ?? "off";
  const lower = stageOf(wanted).percent < state.percent;
  const to = lower ? wanted : state.stage;
  const cause = given(input.reason) ?? `asked for by ${caller.actor}`;
  const what = lower
    ? `from ${state.stage} to ${to}`
    : `${wanted} is not below ${state.stage}, which stays as it is`;
  return {
    events: [
      {
        kind: "rolledBack",
        ...stampOf(caller),
        to: wanted,
        cause,
        alsoFiring: [],
        origin: input.origin ?? "asked",
      },
    ],
    to,
    capZero: wanted === "off",
    text: `rolled back: ${what}; locked until "npm run rollout -- acknowledge --reason …"`,
  };
}
