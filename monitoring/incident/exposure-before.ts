import { stageOf } from "../../flags/plan.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import type { Collected } from "./collected.ts";

export type ExposureBefore = Required<Omit<Collected["exposure"], "totals">>;

type Move = Extract<RolloutEvent, { kind: "advanced" | "rolledBack" }>;

/**
 * The stage that v2 was served in until that time (milliseconds), since when, and to whom; undefined where nobody was
 * on v2, or these events do not say. Going down to a stage returns to the cohort that it had.
 */
export function exposureBefore(events: readonly RolloutEvent[], until: number): ExposureBefore | undefined {
  const moves = events.filter(
    (event): event is Move =>
      (event.kind === "advanced" || event.kind === "rolledBack") && Date.parse(event.at) < until,
  );
  const last = moves.at(-1);
  if (!last || stageOf(last.to).percent === 0) return undefined;
  const raise = moves.findLast((move) => move.kind === "advanced" && move.to === last.to);
  const cohort = raise?.kind === "advanced" ? [...raise.cohort] : [];
  return { since: last.at, stage: last.to, cohort };
}
