import type { RolloutEvent } from "../rollout/event.ts";
import {
  applied,
  type Declaration,
  initialStateOf,
  type RolloutState,
  replay,
  type SignOff,
} from "../rollout/state.ts";

/** One criterion as it was judged; null where nothing could be measured. */
export interface RecordedCriterion {
  readonly measure: string;
  readonly comparison: "below" | "atMost";
  readonly limit: number;
  readonly value: number | null;
  readonly samples: number;
  /** One-sided 95 % bounds, each on its own. */
  readonly interval: readonly [number | null, number | null] | null;
  readonly verdict: string;
  readonly reason: string;
}

/** A visit of a stage, from the move there until the next one. */
export interface RecordedStage {
  readonly stage: string;
  readonly at: string;
  readonly by: string;
  readonly yachts: number;
  /** The last of its verdicts. */
  readonly verdict: string | null;
  readonly judgedAt: string | null;
  readonly criteria: readonly RecordedCriterion[];
}

export interface RecordedRollback {
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  readonly alsoFiring: readonly string[];
  readonly at: string;
  readonly by: string;
  /** Who read the cause, and ended the lock; null while nobody has. */
  readonly acknowledged: { readonly at: string; readonly by: string; readonly reason: string } | null;
}

/** The rollout as its log tells it: every stage, verdict, number and actor. Source: domain.md. */
export interface RolloutRecord {
  readonly stage: string;
  readonly percent: number;
  readonly locked: boolean;
  readonly stages: readonly RecordedStage[];
  readonly rollbacks: readonly RecordedRollback[];
  readonly approvals: readonly { readonly stage: string; readonly at: string; readonly by: string }[];
  readonly signOffs: readonly SignOff[];
  readonly declaration: Declaration | null;
  /** How many events each has written. */
  readonly actors: Readonly<Record<string, number>>;
  readonly events: number;
}

/** The record of a log. An event that the rules forbade stands in the log and in no stage. */
export function recordOf(environment: string, events: readonly RolloutEvent[]): RolloutRecord {
  const begin = initialStateOf(environment);
  const state = replay(events, begin);
  const { history, stage, percent, lock, signOffs, declaration } = state;
  const actors: Record<string, number> = {};
  for (const { actor } of history) actors[actor] = (actors[actor] ?? 0) + 1;
  return {
    stage,
    percent,
    locked: lock !== undefined,
    stages: stagesOf(history, begin),
    rollbacks: rollbacksOf(history),
    approvals: history.flatMap((event) =>
      event.kind === "approved" ? [{ stage: event.stage, at: event.at, by: event.actor }] : [],
    ),
    signOffs,
    declaration: declaration ?? null,
    actors,
    events: history.length,
  };
}

function stagesOf(history: readonly RolloutEvent[], begin: RolloutState): RecordedStage[] {
  const stages: RecordedStage[] = [];
  let state = begin;
  for (const event of history) {
    const [before, last] = [state, stages.at(-1)];
    state = applied(before, event);
    if (event.kind === "advanced" && state.lastMove !== before.lastMove) {
      const { to: stage, at, actor: by, cohort } = event;
      stages.push({ stage, at, by, yachts: cohort.length, verdict: null, judgedAt: null, criteria: [] });
    } else if (event.kind === "judged" && last?.stage === event.stage && state.verdict === event.verdict) {
      const { verdict, at: judgedAt } = event;
      stages[stages.length - 1] = { ...last, verdict, judgedAt, criteria: criteriaOf(event.details) };
    } else if (event.kind === "rolledBack" && last && last.verdict === null) {
      stages[stages.length - 1] = { ...last, verdict: "rolled back", judgedAt: event.at };
    }
  }
  return stages;
}

function rollbacksOf(history: readonly RolloutEvent[]): RecordedRollback[] {
  const found: RecordedRollback[] = [];
  let stage = "off";
  for (const event of history) {
    const last = found.at(-1);
    if (event.kind === "rolledBack") {
      const { to, cause, alsoFiring, at, actor: by } = event;
      found.push({ from: stage, to, cause, alsoFiring, at, by, acknowledged: null });
    } else if (event.kind === "acknowledged" && last && !last.acknowledged) {
      const { at, actor: by, reason } = event;
      found[found.length - 1] = { ...last, acknowledged: { at, by, reason } };
    }
    if (event.kind === "advanced" || event.kind === "rolledBack") stage = event.to;
  }
  return found;
}

/** The criteria that a verdict or a declaration has kept. What has no number there has none here. */
export function criteriaOf(details: unknown): RecordedCriterion[] {
  const { criteria } = (details ?? {}) as { readonly criteria?: unknown };
  if (!Array.isArray(criteria)) return [];
  return (criteria as readonly Partial<RecordedCriterion>[]).map((kept) => ({
    measure: String(kept.measure),
    comparison: kept.comparison === "below" ? "below" : "atMost",
    limit: Number(kept.limit),
    value: finite(kept.value),
    samples: kept.samples ?? 0,
    interval: kept.interval ? [finite(kept.interval[0]), finite(kept.interval[1])] : null,
    verdict: String(kept.verdict),
    reason: kept.reason ?? "",
  }));
}

function finite(value: number | null | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
