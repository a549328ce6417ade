import { plan, type StageName } from "../../../flags/plan.ts";
import { burnRule, ruleInputs } from "../../../monitoring/alarm-set.ts";
import { type AlarmKey, type AlarmRule, alarms, type BurnKey, burnKeys } from "../../../monitoring/alarms.ts";
import { judge, type StageVerdict } from "../../../monitoring/judge.ts";
import {
  type MetricKey,
  metricNamespace,
  metrics,
  slowMilliseconds,
  type Version,
  versionDimension,
} from "../../../monitoring/metrics.ts";
import { alarmPrefix } from "../../naming.ts";
import { VirtualClock } from "../clock.ts";
import { Seeded } from "../rehearsal/seeded.ts";
import { requestsPerMinute, slotsPerMinute } from "../rehearsal/traffic-plan.ts";
import { AlarmService } from "../services/alarm-service.ts";
import { MetricStoreReader } from "../services/metric-reader.ts";
import { type MetricName, MetricStore } from "../services/metric-store.ts";
import { HealthyNoise, type Noise } from "./healthy-noise.ts";

/** The stages that end in an hour; in the day of 100 % the same alarms see less traffic. */
export const canaryStages = ["canary-5", "ramp-20", "ramp-50"] as const satisfies readonly StageName[];

export type AlarmTable = Readonly<Record<string, AlarmRule>>;

export interface HealthyRun {
  readonly noise: Noise;
  readonly seed: string;
  readonly run: number;
  /** The product's own, unless a test plants another. */
  readonly table?: AlarmTable;
  /** The product's own, unless a test plants another. */
  readonly judge?: typeof judge;
}

/** A rollback although nothing was wrong. */
export interface FalseRollback {
  readonly run: number;
  /** The key of the alarm that fired, or the measure of the criterion that the judge found broken. */
  readonly by: string;
  readonly stage: StageName;
  /** Virtual, since the start of the run. */
  readonly minute: number;
}

const environment = "local";
const functionName = "api";
const apiId = "api";
const fleetYachts = 20;
const slotSeconds = 60 / slotsPerMinute;
const topics = { rollbackTopicArn: "rollback", pinTopicArn: "pin", alertsTopicArn: "alerts" };
const versions = ["v1", "v2"] as const;

/**
 * Carries one healthy rollout through the canary stages, over the real evaluator, and over the real judge where the noise
 * keeps to what a bake allows. Returns the first false rollback.
 */
export async function healthyRun(asked: HealthyRun): Promise<FalseRollback | undefined> {
  const { run } = asked;
  const table: AlarmTable = asked.table ?? alarms;
  const clock = new VirtualClock(0);
  const store = new MetricStore();
  const service = new AlarmService({ clock, metrics: store, region: "local", onAction: () => undefined });
  for (const [key, rule] of Object.entries(table)) service.putMetricAlarm(inputsOf(key, rule));
  for (const key of burnKeys)
    service.putCompositeAlarm({ alarmName: nameOf(key), alarmRule: burnRule(key, environment) });
  let fired: string | undefined;
  service.onTransition(({ name, to }) => {
    const key = name.replace(alarmPrefix(environment), "");
    const rollsBack = table[key]?.effect === "rollback" || burnKeys.includes(key as BurnKey);
    if (to === "ALARM" && rollsBack) fired ??= key;
  });
  const noises = noisesOf(asked);
  for (const stage of canaryStages) {
    const from = clock.now();
    for (const version of versions) noises[version].nextBake();
    const slots = (plan.find((each) => each.stage === stage)?.bakeMinutes ?? 0) * slotsPerMinute;
    for (let slot = 0; slot < slots; slot++) {
      countSlot(store, stage, clock.now(), noises);
      await clock.advance(slotSeconds * 1000);
      if (fired !== undefined) return { run, by: fired, stage, minute: Math.floor(clock.now() / 60_000) };
    }
    const failed =
      asked.noise.within === "bake" ? await failedBy(asked, stage, store, from, clock.now()) : undefined;
    if (failed !== undefined) return { run, by: failed, stage, minute: Math.floor(clock.now() / 60_000) };
  }
  return undefined;
}

/** The criterion that the judge finds broken at the end of that bake; unproven is no failure. */
async function failedBy(
  asked: Pick<HealthyRun, "judge">,
  stage: StageName,
  store: MetricStore,
  from: number,
  to: number,
): Promise<string | undefined> {
  const metrics = new MetricStoreReader(store, metricNamespace(environment));
  const database = { findings: () => Promise.reject(new Error(`${stage} looks at no database`)) };
  const verdict: StageVerdict = await (asked.judge ?? judge)(stage, { metrics, database, from, to });
  if (verdict.verdict !== "fail") return undefined;
  return verdict.criteria.find((criterion) => criterion.verdict === "fail")?.measure ?? "judge";
}

type Noises = Readonly<Record<Version, HealthyNoise>>;

function noisesOf({ noise, seed, run }: HealthyRun): Noises {
  const of = (version: Version) => new HealthyNoise(noise, new Seeded(seed, "healthy", run, version));
  return { v1: of("v1"), v2: of("v2") };
}

function inputsOf(key: string, rule: AlarmRule): object {
  return { ...ruleInputs(rule, { environment, functionName, apiId, ...topics }), name: nameOf(key) };
}

function nameOf(key: string): string {
  return `${alarmPrefix(environment)}${key}`;
}

/** What ten seconds of traffic leave in the metrics: counters as sums, as an alarm reads nothing else of them. */
function countSlot(
  store: MetricStore,
  stage: (typeof canaryStages)[number],
  at: number,
  noises: Noises,
): void {
  const percent = plan.find((each) => each.stage === stage)?.percent ?? 0;
  const yachts = { v1: fleetYachts * (1 - percent / 100), v2: (fleetYachts * percent) / 100 };
  let failures = 0;
  for (const version of versions) {
    const requests = Math.round((yachts[version] * requestsPerMinute[stage]) / slotsPerMinute);
    failures += countVersion(store, version, requests, at, noises[version]);
  }
  put(store, at, awsMetrics.fiveHundreds, failures);
  put(store, at, awsMetrics.errors, 0);
  put(store, at, awsMetrics.throttles, 0);
  put(store, at, ownMetric("integrityBreaks", "any"), 0);
}

function countVersion(
  store: MetricStore,
  version: Version,
  requests: number,
  at: number,
  noise: HealthyNoise,
): number {
  const drawn = Array.from({ length: requests }, () => noise.draw(at / 1000));
  const serverErrors = drawn.filter(({ failure }) => failure === "serverError").length;
  const timeouts = drawn.filter(({ failure }) => failure === "timeout").length;
  const unavailable = drawn.filter(({ failure }) => failure === "unavailable").length;
  const slow = drawn.filter(({ milliseconds }) => milliseconds > slowMilliseconds).length;
  const counts = { ...zeros, requests, serverErrors, timeouts, unavailable, slow };
  for (const [key, value] of Object.entries(counts))
    put(store, at, ownMetric(key as MetricKey, version), value);
  for (const { milliseconds } of drawn) put(store, at, ownMetric("latency", version), milliseconds);
  return serverErrors + timeouts + unavailable;
}

const zeros = { rlsLeak: 0, rlsRefused: 0, unsignedAttempts: 0, unsignedExecutions: 0 };

const awsMetrics = {
  fiveHundreds: { namespace: "AWS/ApiGateway", name: "5xx", dimensions: { ApiId: apiId } },
  errors: { namespace: "AWS/Lambda", name: "Errors", dimensions: { FunctionName: functionName } },
  throttles: { namespace: "AWS/Lambda", name: "Throttles", dimensions: { FunctionName: functionName } },
} as const satisfies Record<string, MetricName>;

function ownMetric(key: MetricKey, version: Version | "any"): MetricName {
  const dimensions = { [versionDimension]: version };
  return { namespace: metricNamespace(environment), name: metrics[key].name, dimensions };
}

function put(store: MetricStore, timestamp: number, metric: MetricName, value: number): void {
  store.put({ ...metric, value, timestamp });
}

/** The product's table with one rule changed: what a test plants. */
export function tableWith(key: AlarmKey, changes: Partial<AlarmRule>): AlarmTable {
  return { ...alarms, [key]: { ...alarms[key], ...changes } };
}
