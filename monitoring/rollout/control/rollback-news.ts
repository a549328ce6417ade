import { type StageName, stageOf } from "../../../flags/plan.ts";
import type { RolloutEvent } from "../event.ts";
import type { RollbackOrigin } from "../rollback-origin.ts";
import { applied, initialStateOf } from "../state.ts";

export type RolledBack = Extract<RolloutEvent, { kind: "rolledBack" }>;

/** A rollback that the contacts must hear of, and the stage that it left. */
export interface RollbackNews {
  readonly event: RolledBack & { readonly origin: RollbackOrigin };
  readonly from: StageName;
}

/**
 * The rollbacks of a log that have moved or locked the rollout, oldest first: of two that go down at once the log says
 * who was first, and only that one is news. What a function of an alarm has done, that function tells by itself.
 */
export function rollbackNews(events: readonly RolloutEvent[], environment: string): RollbackNews[] {
  const news: RollbackNews[] = [];
  let state = initialStateOf(environment);
  for (const event of events) {
    if (isByControl(event) && (!state.lock || stageOf(event.to).percent < state.percent))
      news.push({ event, from: state.stage });
    state = applied(state, event);
  }
  return news;
}

function isByControl(event: RolloutEvent): event is RollbackNews["event"] {
  return event.kind === "rolledBack" && event.origin !== undefined;
}
