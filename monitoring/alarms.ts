/**
 * The alarm table: CloudWatch's alarms, the local evaluator's rules, the dashboard and the causes of a rollback
 * all come from here. A key is the vocabulary of causes; when several fire at once, the first in this table is
 * the cause. No alarm depends on the stage: the rollback function reads the effective percent, and only alerts at 0.
 * Source: domain.md, "Immediate rollback to 0".
 */
import { declaration } from "../flags/plan.ts";
import type { MetricKey, Version } from "./metrics.ts";
import { provenAbove } from "./proven-share.ts";

/** A metric of ours (by key and version), or one of the AWS services that carry the API. */
export type MetricSource =
  | { readonly metric: MetricKey; readonly version: Version | "any"; readonly statistic: string }
  | { readonly lambda: "Errors" | "Throttles"; readonly statistic: string }
  | { readonly httpApi: "5xx"; readonly statistic: string };

export interface AlarmRule {
  readonly description: string;
  /**
   * `rollback`: to 0 with no approval. `alert`: people are told, nothing moves. `part`: nobody is told; it is half of
   * a pair, see `burnRates`.
   */
  readonly effect: "rollback" | "alert" | "part";
  /** One metric, or metric math over several: then `expression` refers to the keys of `sources`. */
  readonly sources: Readonly<Record<string, MetricSource>>;
  readonly expression?: string;
  /** Seconds. 10 needs metrics stored at a resolution of 1; from 60 on the alarm is evaluated once a minute. */
  readonly period: 10 | 60 | 300 | 1800 | 3600 | 21_600;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  readonly threshold: number;
  readonly treatMissingData: "notBreaching" | "breaching";
  /** For percentiles: too few samples leave the state as it is. */
  readonly lowSamples?: "ignore";
  /** Also a monitor of the rollout's AppConfig environment; AWS allows five. */
  readonly monitor?: true;
}

const v2 = (metric: MetricKey, statistic = "Sum") => ({ metric, version: "v2", statistic }) as const;
const v1 = (metric: MetricKey) => ({ metric, version: "v1", statistic: "Sum" }) as const;
const once = { evaluationPeriods: 1, datapointsToAlarm: 1, treatMissingData: "notBreaching" } as const;

/** What production-ready allows to fail, of all requests. */
const errorBudget = declaration.criteria.find(({ measure }) => measure === "errorRate")?.limit ?? 0;

/** More than so many budgets of v2's requests failed or timed out in that time, of at least so many. */
function burn(budgets: number, period: AlarmRule["period"], floor: { requests: number; failed: number }) {
  const percent = Number((budgets * errorBudget * 100).toPrecision(3));
  const failed = "errors + timeouts";
  return {
    ...once,
    description: `More than ${percent} % of v2's requests failed or timed out in ${period / 60} minutes, of at least ${floor.requests}, at least ${floor.failed} failed`,
    effect: "part",
    sources: { errors: v2("serverErrors"), timeouts: v2("timeouts"), requests: v2("requests") },
    expression: `IF(requests >= ${floor.requests} AND ${failed} >= ${floor.failed}, (${failed}) / requests, 0)`,
    period,
    comparison: "GreaterThanThreshold",
    threshold: Number((budgets * errorBudget).toPrecision(3)),
  } as const satisfies AlarmRule;
}

export const alarms = {
  rlsLeak: {
    ...once,
    description: "A row or object of a foreign yacht was seen or withheld in v2",
    effect: "rollback",
    sources: { leaks: v2("rlsLeak") },
    period: 10,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    monitor: true,
  },
  rlsRefused: {
    ...once,
    description: "The database refused a v2 request that had passed the API's own checks",
    effect: "rollback",
    sources: { refusals: v2("rlsRefused") },
    period: 10,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
    monitor: true,
  },
  unsignedExecution: {
    ...once,
    description: "An adjust or write-off was executed by v2 without verified evidence",
    effect: "rollback",
    sources: { executions: v2("unsignedExecutions") },
    period: 10,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
  },
  dataIntegrity: {
    ...once,
    description: "Ledger and cache disagree, or a transaction has no owner",
    effect: "rollback",
    sources: { breaks: { metric: "integrityBreaks", version: "any", statistic: "Sum" } },
    period: 60,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 1,
  },
  // At least 2 in each of three slots is at least 6 in 30 s: never stricter than serverErrors, only faster.
  serverErrorsFast: {
    description: "v2 answers 5xx in three 10 s slots in a row",
    effect: "rollback",
    sources: { errors: v2("serverErrors") },
    period: 10,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    comparison: "GreaterThanOrEqualToThreshold",
    threshold: 2,
    treatMissingData: "notBreaching",
    monitor: true,
  },
  serverErrors: {
    ...once,
    description: "More than 5 server errors of v2 in 5 minutes",
    effect: "rollback",
    sources: { errors: v2("serverErrors") },
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 5,
    monitor: true,
  },
  // The floors make it mean "P95 above 500 ms, sustained" at any traffic.
  slowShare: {
    ...once,
    description:
      "More than 5 % of v2's requests took over 500 ms in 5 minutes, of at least 20, at least 5 slow",
    effect: "rollback",
    sources: { slow: v2("slow"), requests: v2("requests") },
    expression: "IF(requests >= 20 AND slow >= 5, slow / requests, 0)",
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 0.05,
    monitor: true,
  },
  errorRate: {
    ...once,
    description:
      "More than 2 % of v2's requests failed or timed out in 5 minutes, by exact test, of at least 20, at least 5 failed",
    effect: "rollback",
    sources: { errors: v2("serverErrors"), timeouts: v2("timeouts"), requests: v2("requests") },
    expression: `IF(requests >= 20 AND errors + timeouts >= 5 AND ${provenAbove(0.02, "errors + timeouts", "requests")}, (errors + timeouts) / requests, 0)`,
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 0.02,
  },
  // A dependency that v1 misses as well is down for both, and without v1's traffic there is nothing to hold v2 against.
  unavailableAboveControl: {
    ...once,
    description:
      "More than 2 % of v2's requests were answered 503 in 5 minutes, at least 5, and fewer than 5 of v1's",
    effect: "rollback",
    sources: { u1: v1("unavailable"), r1: v1("requests"), u2: v2("unavailable"), r2: v2("requests") },
    expression: "IF(r1 >= 20 AND r2 >= 20 AND u2 >= 5 AND u1 < 5, u2 / r2 - u1 / r1, 0)",
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 0.02,
  },
  functionErrors: {
    ...once,
    description: "The function crashed, ran out of memory or timed out: no version can be blamed",
    effect: "rollback",
    sources: { errors: { lambda: "Errors", statistic: "Sum" } },
    period: 60,
    comparison: "GreaterThanThreshold",
    threshold: 0,
  },
  functionThrottles: {
    ...once,
    description: "The function was throttled: no version can be blamed",
    effect: "rollback",
    sources: { throttles: { lambda: "Throttles", statistic: "Sum" } },
    period: 60,
    comparison: "GreaterThanThreshold",
    threshold: 0,
  },
  // The HTTP API also counts the 5xx that the versions answered themselves: those have an author and are taken off.
  gatewayErrors: {
    ...once,
    description: "The HTTP API answered 5xx by itself: no version can be blamed",
    effect: "rollback",
    sources: {
      all: { httpApi: "5xx", statistic: "Sum" },
      e1: { metric: "serverErrors", version: "v1", statistic: "Sum" },
      e2: { metric: "serverErrors", version: "v2", statistic: "Sum" },
      t1: { metric: "timeouts", version: "v1", statistic: "Sum" },
      t2: { metric: "timeouts", version: "v2", statistic: "Sum" },
      u1: { metric: "unavailable", version: "v1", statistic: "Sum" },
      u2: { metric: "unavailable", version: "v2", statistic: "Sum" },
    },
    expression:
      "FILL(all, 0) - FILL(e1, 0) - FILL(e2, 0) - FILL(t1, 0) - FILL(t2, 0) - FILL(u1, 0) - FILL(u2, 0)",
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 5,
  },
  p95Latency: {
    ...once,
    description: "P95 of v2 above 500 ms in 5 minutes; secondary to slowShare, silent below 200 samples",
    effect: "alert",
    sources: { latency: v2("latency", "p95") },
    period: 300,
    comparison: "GreaterThanThreshold",
    threshold: 500,
    lowSamples: "ignore",
  },
  unavailable: {
    ...once,
    description: "v2 answered 503 because a dependency was down",
    effect: "alert",
    sources: { unavailable: v2("unavailable") },
    period: 60,
    comparison: "GreaterThanThreshold",
    threshold: 0,
  },
  unsignedAttempt: {
    ...once,
    description: "A signed action was asked of v2 without a signature",
    effect: "alert",
    sources: { attempts: v2("unsignedAttempts") },
    period: 60,
    comparison: "GreaterThanThreshold",
    threshold: 0,
  },
  // Liveness is never a monitor: AppConfig would take its missing data for a failure of the deployment.
  silence: {
    description: "No request of either version was counted for 15 minutes",
    effect: "alert",
    sources: {
      r1: { metric: "requests", version: "v1", statistic: "Sum" },
      r2: { metric: "requests", version: "v2", statistic: "Sum" },
    },
    expression: "FILL(r1, 0) + FILL(r2, 0)",
    period: 300,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    comparison: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
  },
  // The floors are of sparse traffic: 100 % of twenty yachts in a quiet night are 300 requests an hour.
  burnFastLong: burn(14.4, 3600, { requests: 100, failed: 5 }),
  burnFastShort: burn(14.4, 300, { requests: 20, failed: 2 }),
  burnSlowLong: burn(6, 21_600, { requests: 300, failed: 6 }),
  burnSlowShort: burn(6, 1800, { requests: 60, failed: 3 }),
} as const satisfies Record<string, AlarmRule>;

export type AlarmKey = keyof typeof alarms;

/** The alarm keys in table order: the order in which causes are named. */
export const alarmKeys = Object.keys(alarms) as readonly AlarmKey[];

export interface BurnRate {
  readonly description: string;
  readonly effect: "rollback";
  /** In ALARM when both are: the long one says that it matters, the short one that it still goes on. */
  readonly long: AlarmKey;
  readonly short: AlarmKey;
}

/**
 * Failures too few at a time for the alarms of five minutes, that would use up the error budget of a month all the
 * same: 2 % of it in an hour, or 5 % in six. Source: Google, "The Site Reliability Workbook", "Alerting on SLOs".
 */
export const burnRates = {
  burnFast: {
    description:
      "v2 uses up its error budget 14.4 times too fast: in the last hour, and in the last 5 minutes",
    effect: "rollback",
    long: "burnFastLong",
    short: "burnFastShort",
  },
  burnSlow: {
    description:
      "v2 uses up its error budget 6 times too fast: in the last 6 hours, and in the last 30 minutes",
    effect: "rollback",
    long: "burnSlowLong",
    short: "burnSlowShort",
  },
} as const satisfies Record<string, BurnRate>;

export type BurnKey = keyof typeof burnRates;
export const burnKeys = Object.keys(burnRates) as readonly BurnKey[];

/** What can be the cause of a rollback or an alert, in the order in which causes are named. */
export type CauseKey = AlarmKey | BurnKey;
export const causeKeys: readonly CauseKey[] = [
  ...alarmKeys.filter((key) => alarms[key].effect !== "part"),
  ...burnKeys,
];

/** What takes v2 back to 0, in that order. */
export const rollbackKeys: readonly CauseKey[] = causeKeys.filter((key) => effectOf(key) === "rollback");

/** What it does when it fires. */
export function effectOf(key: CauseKey): AlarmRule["effect"] {
  return key in burnRates ? burnRates[key as BurnKey].effect : alarms[key as AlarmKey].effect;
}
