import { jobNames } from "../../../monitoring/job-schedule.ts";
import { type CounterKey, counterKeys, slowMilliseconds, type Version } from "../../../monitoring/metrics.ts";
import { jobFunction } from "../../jobs/job-function.ts";
import { physicalName } from "../../naming.ts";
import type { Observations, VersionView } from "../rehearsal/observations.ts";
import type { Minutes } from "../rehearsal/scene.ts";
import { Seeded } from "../rehearsal/seeded.ts";
import {
  type PlannedMinute,
  type PlannedRequest,
  slotsPerMinute,
  type TrafficPlan,
} from "../rehearsal/traffic-plan.ts";
import type { MetricName } from "../services/metric-store.ts";
import { ownMetric } from "./own-metric.ts";
import { recordedLatency } from "./recorded-latency.ts";
import type { Left, Replay } from "./replay.ts";
import type { ReplayStack } from "./replay-stack.ts";

export interface ReplayConductorParts {
  readonly stack: ReplayStack;
  readonly traffic: TrafficPlan;
  readonly observations: Observations;
  readonly replay: Replay | undefined;
  readonly seed: string;
}

type Counter = Exclude<CounterKey, "integrityBreaks">;

const environment = "local";
const versions = ["v1", "v2"] as const;
const counters = counterKeys.filter((key): key is Counter => key !== "integrityBreaks");
const slotMilliseconds = 60_000 / slotsPerMinute;

/** Carries the virtual minutes with what requests would have left: the lens chooses, the fault spoils, alarms look on. */
export class ReplayConductor implements Minutes {
  faulty = false;
  signing: readonly string[] = [];
  readonly linesMissing = 0;
  /** The fault is on since that virtual time. */
  faultSince: number | undefined;
  readonly #parts: ReplayConductorParts;
  readonly #chance: Seeded;
  readonly #yachts: ReadonlyMap<string, number>;
  #indexes: Record<Version, number> = { v1: 0, v2: 0 };
  #carry = 0;

  constructor(parts: ReplayConductorParts) {
    this.#parts = parts;
    this.#chance = new Seeded(parts.seed, "replay");
    this.#yachts = new Map(parts.stack.service.fleet.yachts.map(({ id }, index) => [id, index]));
  }

  /** From now on the fault's requests are counted anew. */
  begin(): void {
    this.faultSince ??= this.#parts.stack.clock.now();
    this.#indexes = { v1: 0, v2: 0 };
  }

  async minute(planned: PlannedMinute): Promise<Record<Version, VersionView>> {
    const { clock } = this.#parts.stack;
    const requests = this.#parts.traffic.requestsOf(planned);
    const start = clock.now();
    for (let slot = 0; slot < slotsPerMinute; slot++) {
      const due = requests.filter((request) => request.slot === slot).flatMap((one) => this.#times(one));
      await this.#slot(due, start);
      if (slot === slotsPerMinute - 1) this.#runJobs();
      await clock.advanceTo(start + (slot + 1) * slotMilliseconds);
    }
    return this.#parts.observations.takeMinute();
  }

  /** A request as often as the fault's traffic has it. */
  #times(request: PlannedRequest): PlannedRequest[] {
    this.#carry += this.faultSince === undefined ? 1 : (this.#parts.replay?.traffic ?? 1);
    const times = Math.floor(this.#carry + 1e-9);
    this.#carry -= times;
    return Array.from({ length: times }, () => request);
  }

  async #slot(due: readonly PlannedRequest[], start: number): Promise<void> {
    const { stack } = this.#parts;
    const sums = new Sums();
    for (const request of due) {
      const at = start + request.second * 1000;
      const version = await stack.versionOf(request.yachtId);
      const left = this.#leftBy(request, version, at);
      const { status = request.expected[0] ?? 200, milliseconds = recordedLatency(this.#chance) } = left;
      const answer = { requestId: request.id, status, version, milliseconds, body: {} };
      this.#parts.observations.add(request, answer, at, this.faulty);
      sums.add(version, at, status, milliseconds, left);
    }
    // A slot without a request still has AWS's zeros, as a request of anybody would have left them.
    for (const { after, points } of sums.lines(stack.clock.now())) {
      const put = () => {
        for (const { metric, timestamp, value } of points)
          stack.aws.metrics.put({ ...metric(this.#names()), timestamp, value });
      };
      if (after === 0) put();
      else stack.clock.at(stack.clock.now() + after * 1000, put);
    }
  }

  #leftBy(request: PlannedRequest, version: Version, at: number): Left {
    const { replay } = this.#parts;
    if (this.faultSince === undefined || !replay?.leaves) return {};
    return replay.leaves({
      version,
      index: this.#indexes[version]++,
      second: (at - this.faultSince) / 1000,
      yacht: this.#yachts.get(request.yachtId) ?? 0,
      chance: () => this.#chance.next(),
    });
  }

  /** The check of the data leaves its figure; it and every other job count as having run. */
  #runJobs(): void {
    const { stack, replay } = this.#parts;
    for (const job of jobNames) {
      const of = (name: string, value: number) => {
        const dimensions = { FunctionName: physicalName("function", environment, jobFunction(job)) };
        const point = { namespace: "AWS/Lambda", name, dimensions, value, timestamp: stack.clock.now() };
        stack.aws.metrics.put(point);
      };
      of("Invocations", 1);
      of("Errors", 0);
    }
    const value = this.faultSince === undefined ? 0 : (replay?.integrityBreaks ?? 0);
    stack.aws.metrics.put({ ...ownMetric("integrityBreaks", "any"), timestamp: stack.clock.now(), value });
  }

  #names(): Names {
    return {
      functionName: physicalName("function", environment, "api"),
      apiId: this.#parts.stack.service.pin.apiId,
    };
  }
}

interface Names {
  readonly functionName: string;
  readonly apiId: string;
}

interface SummedPoint {
  readonly metric: (names: Names) => MetricName;
  readonly timestamp: number;
  readonly value: number;
}

/** What comes in together: lines that are equally late. */
interface Line {
  readonly after: number;
  readonly points: SummedPoint[];
}

/** The requests of one slot: counters as sums, as neither an alarm nor the judge reads anything else of them. */
class Sums {
  readonly #byShift = new Map<
    string,
    { late: number; skew: number; at: number; counts: Record<Version, Record<Counter, number>> }
  >();
  readonly #latencies: { late: number; version: Version; timestamp: number; value: number }[] = [];
  #functionErrors = 0;
  #throttles = 0;
  #fiveHundreds = 0;

  add(version: Version, at: number, status: number, milliseconds: number, left: Left): void {
    this.#functionErrors += left.own?.functionErrors ?? 0;
    this.#throttles += left.own?.throttles ?? 0;
    this.#fiveHundreds += (left.own?.gatewayErrors ?? 0) + (status >= 500 ? 1 : 0);
    if (left.lost) return;
    const { lateSeconds: late = 0, skewSeconds: skew = 0, counts = {} } = left;
    const sums = this.#of(late, skew, at).counts[version];
    sums.requests += 1;
    if (status === 504) sums.timeouts += 1;
    else if (status === 503) sums.unavailable += 1;
    else if (status >= 500) sums.serverErrors += 1;
    if (milliseconds > slowMilliseconds) sums.slow += 1;
    for (const [key, value] of Object.entries(counts)) sums[key as Counter] += value;
    this.#latencies.push({ late, version, timestamp: at + skew * 1000, value: milliseconds });
  }

  lines(now: number): Line[] {
    const lines = new Map<number, SummedPoint[]>();
    const line = (late: number) => lines.get(late) ?? lines.set(late, []).get(late)!;
    for (const { late, skew, at, counts } of this.#byShift.values()) {
      for (const version of versions)
        for (const key of counters) {
          const metric = () => ownMetric(key, version);
          line(late).push({ metric, timestamp: at + skew * 1000, value: counts[version][key] });
        }
    }
    for (const { late, version, timestamp, value } of this.#latencies)
      line(late).push({ metric: () => ownMetric("latency", version), timestamp, value });
    line(0).push(...this.#awsPoints(now));
    return [...lines].map(([after, points]) => ({ after, points }));
  }

  #awsPoints(timestamp: number): SummedPoint[] {
    const lambda = (name: string) => (names: Names) => ({
      namespace: "AWS/Lambda",
      name,
      dimensions: { FunctionName: names.functionName },
    });
    const fiveHundreds = ({ apiId }: Names) => ({
      namespace: "AWS/ApiGateway",
      name: "5xx",
      dimensions: { ApiId: apiId },
    });
    return [
      { metric: lambda("Errors"), timestamp, value: this.#functionErrors },
      { metric: lambda("Throttles"), timestamp, value: this.#throttles },
      { metric: fiveHundreds, timestamp, value: this.#fiveHundreds },
    ];
  }

  #of(late: number, skew: number, at: number) {
    const key = `${late} ${skew}`;
    const known = this.#byShift.get(key);
    if (known) return known;
    const none = () => Object.fromEntries(counters.map((counter) => [counter, 0])) as Record<Counter, number>;
    const made = { late, skew, at, counts: { v1: none(), v2: none() } };
    this.#byShift.set(key, made);
    return made;
  }
}
