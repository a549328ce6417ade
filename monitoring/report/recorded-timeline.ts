/** From a rollout's own record, the event log and the metrics, to what its report is drawn from. */

import { type StageName, stageOf } from "../../flags/plan.ts";
import { alarms } from "../alarms.ts";
import { countText } from "../count-text.ts";
import type { MetricReader } from "../metric-reader.ts";
import type { Version } from "../metrics.ts";
import type { RolloutEvent } from "../rollout/event.ts";
import type { RolloutHistory } from "../rollout/history.ts";
import { eventTextOf } from "./event-text.ts";
import type {
  CriterionResult,
  Exposure,
  Point,
  Rollback,
  RolloutRecord,
  StageRun,
  VersionPoint,
} from "./timeline.ts";

export interface RecordedRollout extends RolloutHistory {
  readonly environment: string;
  /** In the order of writing. */
  readonly events: readonly RolloutEvent[];
  /** Yachts that may be on v2. */
  readonly yachts: number;
  /** Milliseconds since the epoch: what came later is not drawn. */
  readonly now: number;
}

const minuteMilliseconds = 60_000;

/** The record of that rollout; undefined before its first move. */
export function recordedTimeline(recorded: RecordedRollout): RolloutRecord | undefined {
  const { environment, events, now } = recorded;
  const first = events.find(({ kind }) => kind === "advanced");
  if (!first) return undefined;
  const start = Math.floor(Date.parse(first.at) / minuteMilliseconds) * minuteMilliseconds;
  const minuteOf = (time: number) => Math.max(0, Math.floor((time - start) / minuteMilliseconds));
  const moves = movesOf(events, now);
  const minutes = pointsOf(recorded, start, moves);
  return {
    title: `Part Lens v2, ${environment}: the rollout`,
    startedAt: new Date(start).toISOString(),
    minutes,
    events: events.map((event) => ({ minute: minuteOf(Date.parse(event.at)), ...eventTextOf(event) })),
    stages: stagesOf(moves, events, minuteOf),
    rollbacks: rollbacksOf(recorded, minuteOf),
    exposure: exposureOf(recorded, moves),
    requests: minutes.reduce((sum, { v1, v2 }) => sum + v1.requests + v2.requests, 0),
    outcome: outcomeOf(moves),
  };
}

/** A stage and the time that the rollout was in it. */
interface Move {
  readonly stage: StageName;
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
  /** A rollback ended it. */
  readonly cut: boolean;
  readonly yachts: number;
}

function movesOf(events: readonly RolloutEvent[], now: number): Move[] {
  const changes = events.filter((event) => event.kind === "advanced" || event.kind === "rolledBack");
  const attempts = new Map<string, number>();
  return changes.map((event, index) => {
    const next = changes[index + 1];
    const attempt = (attempts.get(event.to) ?? 0) + 1;
    attempts.set(event.to, attempt);
    return {
      stage: event.to,
      attempt,
      from: Date.parse(event.at),
      to: next ? Date.parse(next.at) : now,
      cut: next?.kind === "rolledBack",
      yachts: event.kind === "advanced" ? event.cohort.length : 0,
    };
  });
}

function pointsOf(recorded: RecordedRollout, start: number, moves: readonly Move[]): Point[] {
  const { metrics, alarmTimes, yachts, now } = recorded;
  const count = Math.ceil((now - start) / minuteMilliseconds);
  return Array.from({ length: count }, (_, minute) => {
    const from = start + minute * minuteMilliseconds;
    const to = from + minuteMilliseconds;
    const [v1, v2] = [versionPoint(metrics, "v1", from, to), versionPoint(metrics, "v2", from, to)];
    const all = v1.requests + v2.requests;
    const move = moves.findLast((one) => one.from < to);
    return {
      minute,
      percentPlanned: move && yachts > 0 ? (100 * move.yachts) / yachts : 0,
      // Requests are counted, not yachts: a busy yacht weighs more.
      percentObserved: all > 0 ? (100 * v2.requests) / all : 0,
      v1,
      v2,
      alarms: alarmTimes
        .filter((alarm) => alarm.from < to && (alarm.to ?? now) > from)
        .map(({ alarm }) => alarm),
    };
  });
}

function versionPoint(metrics: MetricReader, version: Version, from: number, to: number): VersionPoint {
  const sum = (key: "requests" | "serverErrors" | "timeouts" | "slow") =>
    metrics.sum(key, version, from, to) ?? 0;
  const quantile = (share: number) => metrics.quantile(version, share, from, to)?.value ?? null;
  return {
    requests: sum("requests"),
    errors: sum("serverErrors") + sum("timeouts"),
    slow: sum("slow"),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
}

/** `off` is no stage that is judged: it is the time between them. */
function stagesOf(
  moves: readonly Move[],
  events: readonly RolloutEvent[],
  minuteOf: (time: number) => number,
): StageRun[] {
  return moves
    .filter(({ stage }) => stageOf(stage).percent > 0)
    .map((move) => {
      const { stage, attempt, from, to, cut } = move;
      const verdicts = events.filter(
        (event) => event.kind === "judged" && event.stage === stage && isWithin(event, from, to),
      );
      const judged = verdicts.at(-1) as Extract<RolloutEvent, { kind: "judged" }> | undefined;
      const verdict =
        judged?.verdict === "fail" ? "fail" : cut ? "rolledBack" : (judged?.verdict ?? "inconclusive");
      const criteria =
        (judged?.details as { criteria?: readonly CriterionResult[] } | undefined)?.criteria ?? [];
      return { stage, attempt, verdict, from: minuteOf(from), to: minuteOf(to), criteria };
    });
}

function isWithin({ at }: RolloutEvent, from: number, to: number): boolean {
  const time = Date.parse(at);
  return time >= from && time <= to;
}

/** What brought v2 down. The cause's own beginning is in no record: only an injected one is known to the second. */
function rollbacksOf(recorded: RecordedRollout, minuteOf: (time: number) => number): Rollback[] {
  return recorded.events
    .filter((event) => event.kind === "rolledBack")
    .map((event) => {
      const at = Date.parse(event.at);
      const { cause, alsoFiring, to } = event;
      // The alarm fired before the function wrote that it had acted.
      const fired = recorded.alarmTimes.find(
        ({ alarm, from, to: end = recorded.now }) =>
          alarm === cause && from <= at && end >= at - minuteMilliseconds,
      );
      const condition = Object.hasOwn(alarms, cause) && fired ? fired.from : at;
      const down = stageOf(to).percent === 0 ? lastOfV2(recorded, condition) : at;
      return {
        cause,
        alsoFiring,
        toStage: to,
        at: minuteOf(condition),
        conditionToDown: Math.max(0, down - condition) / 1000,
      };
    });
}

/** How long v2 is looked for after its end; by then it is off, or nobody asks any more. */
const searchedMinutes = 10;

/** The end of the last slot in which v2 still answered before a whole minute without it: at the most so long, not less. */
function lastOfV2({ metrics, resolution, now }: RecordedRollout, from: number): number {
  let last = from;
  const end = Math.min(now, from + searchedMinutes * minuteMilliseconds);
  const first = Math.floor(from / resolution) * resolution;
  for (let slot = first; slot < end && slot - last < minuteMilliseconds; slot += resolution) {
    if ((metrics.sum("requests", "v2", slot, slot + resolution) ?? 0) > 0) last = slot + resolution;
  }
  return last;
}

function exposureOf({ metrics, yachts }: RecordedRollout, moves: readonly Move[]): Exposure[] {
  return moves
    .filter((move) => stageOf(move.stage).percent > 0)
    .map(({ stage, attempt, from, to, yachts: cohort }) => {
      const requests = (version: Version) => metrics.sum("requests", version, from, to) ?? 0;
      const all = requests("v1") + requests("v2");
      const planned = yachts > 0 ? (100 * cohort) / yachts : 0;
      const observed = all > 0 ? (100 * requests("v2")) / all : 0;
      return { stage, attempt, yachts: { planned, observed: planned }, requests: { planned, observed } };
    });
}

function outcomeOf(moves: readonly Move[]): RolloutRecord["outcome"] {
  const last = moves.at(-1)!;
  const rollbacks = moves.filter(({ cut }) => cut).length;
  const came = rollbacks === 0 ? "without a rollback" : `after ${countText(rollbacks, "rollback")}`;
  const { percent } = stageOf(last.stage);
  return { ok: percent > 0, text: `At ${last.stage}, ${percent} %, ${came}.` };
}
