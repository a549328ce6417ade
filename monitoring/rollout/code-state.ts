import { type StageName, stageOf } from "../../flags/plan.ts";
import type { CodeStamp } from "./code-stamp.ts";
import type { RolloutEvent } from "./event.ts";

/** Which code serves, and which one has proven itself. */
export interface CodeState {
  /** Behind the alias when the rollout last moved. */
  readonly live: CodeStamp;
  /** The version whose full-100 passed last. */
  readonly lastKnownGood?: CodeStamp;
  /** It was put back: no update moves the alias on until somebody acknowledges. */
  readonly held: boolean;
  readonly actor: string;
  /** ISO time. */
  readonly at: string;
}

/**
 * The code after one event. A version is known to be good when full-100 passed and it is the one that full-100 began
 * with: a deployment in mid-bake proves neither the old code nor the new. Undefined until an event names a version.
 */
export function codeAfter(
  code: CodeState | undefined,
  stage: StageName,
  event: RolloutEvent,
): CodeState | undefined {
  const { actor, at } = event;
  switch (event.kind) {
    case "advanced":
      return event.code ? { held: false, ...code, live: event.code, actor, at } : code;
    case "judged": {
      const proven = event.verdict === "pass" && event.stage === stage && stageOf(stage).percent === 100;
      if (!code || !proven || event.code?.version !== code.live.version) return code;
      return { ...code, lastKnownGood: event.code, actor, at };
    }
    case "codeRolledBack":
      return { ...code, live: event.to, held: true, actor, at };
    case "acknowledged":
      return code && { ...code, held: false };
    default:
      return code;
  }
}
