/**
 * What a healthy v2 looks like at its worst: failures and slow answers drawn by chance at 80 % of each limit, and in no
 * five minutes more of them than 80 % of what would fire, nor in half an hour. Without that bound chance alone passes the
 * limits: a rate of 80 % is no healthy system's, it is one that is over the limit every now and then. Alarms and the judge
 * have limits of their own, so there are two such systems: one at 80 % of what rolls back at once, and one at 80 % of what
 * a bake allows.
 */
import { alarms } from "../../../monitoring/alarms.ts";
import { slowMilliseconds } from "../../../monitoring/metrics.ts";
import type { Seeded } from "../rehearsal/seeded.ts";

export interface Noise {
  /** Whose limits it keeps to: the alarms', or the bake's as well, so that the judge may not fail it either. */
  readonly within: "alarms" | "bake";
  /** Of all requests. */
  readonly failureShare: number;
  /** Of the failures; the rest are timeouts. A bake allows no 5xx at all. */
  readonly serverErrorShare: number;
  /** Of all requests: answered 503, because a dependency is down for a moment. */
  readonly unavailableShare: number;
  /** Of the logarithm of the latency. */
  readonly sigma: number;
  readonly medianMilliseconds: number;
  /** What of a limit may be used up in its window, 0…1; undefined: chance alone decides. */
  readonly bound?: number;
}

/** P95 and P99 of v2 in full-100, 7,210 samples of a rehearsal with the seed "part-lens". Milliseconds. */
export const recorded = { p95: 6.901, p99: 12.048 } as const;

/** The limits of the alarm table. Source: domain.md, "Immediate rollback to 0". */
const limits = { failures: 0.02, slow: 0.05, unavailable: 0.02, floor: 5, serverErrors: 5 } as const;
/** The strictest of a longer time: the short half of burnSlow. */
const burnLimit = { share: alarms.burnSlowShort.threshold, floor: 3, windowSeconds: 1800 } as const;
/** Those of the canary stages. Source: flags/plan.ts. */
const bakeLimits = { failures: 0.01, unavailable: 0.01, p95: 500 } as const;
const normal = { share95: 1.6449, share96: 1.7507, share99: 2.3263 } as const;
const use = 0.8;
const windowSeconds = 300;

/** How widely a recording's latencies spread, as the sigma of a log-normal distribution with its P95 and P99. */
const spreadOf = ({ p95, p99 }: { readonly p95: number; readonly p99: number }): number =>
  Math.log(p99 / p95) / (normal.share99 - normal.share95);

/** Its shape is the recorded one; its scale makes 4 % slow, 80 % of the limit. */
export function noiseOfRecording(latencies: { readonly p95: number; readonly p99: number }): Noise {
  const sigma = spreadOf(latencies);
  const medianMilliseconds = slowMilliseconds / Math.exp(sigma * normal.share96);
  return {
    within: "alarms",
    failureShare: burnLimit.share * use,
    serverErrorShare: 0.5,
    unavailableShare: limits.unavailable * use,
    sigma,
    medianMilliseconds,
    bound: use,
  };
}

/** The same shape with its P95 at 80 % of the limit, and as many timeouts as 80 % of the error rate's limit are. */
export function noiseWithinBake(latencies: { readonly p95: number; readonly p99: number }): Noise {
  const sigma = spreadOf(latencies);
  const medianMilliseconds = (bakeLimits.p95 * use) / Math.exp(sigma * normal.share95);
  return {
    within: "bake",
    failureShare: bakeLimits.failures * use,
    serverErrorShare: 0,
    unavailableShare: bakeLimits.unavailable * use,
    sigma,
    medianMilliseconds,
    bound: use,
  };
}

export interface Drawn {
  readonly failure: "none" | "serverError" | "timeout" | "unavailable";
  readonly milliseconds: number;
}

/** Draws request after request; `second` never goes back. */
export class HealthyNoise {
  readonly #noise: Noise;
  readonly #chance: Seeded;
  /** Since the bake began. */
  #bake = { requests: 0, failures: 0, unavailable: 0 };
  readonly #recent = { requests: [], failures: [], serverErrors: [], unavailable: [], slow: [] } as Record<
    "requests" | "failures" | "serverErrors" | "unavailable" | "slow",
    number[]
  >;
  /** The same of half an hour. */
  readonly #burning = { requests: [] as number[], failures: [] as number[] };

  constructor(noise: Noise, chance: Seeded) {
    this.#noise = noise;
    this.#chance = chance;
  }

  /** Another bake: what it allows is counted anew. */
  nextBake(): void {
    this.#bake = { requests: 0, failures: 0, unavailable: 0 };
  }

  draw(second: number): Drawn {
    this.#bake.requests += 1;
    for (const times of Object.values(this.#recent))
      while ((times[0] ?? second) < second - windowSeconds) times.shift();
    for (const times of Object.values(this.#burning))
      while ((times[0] ?? second) < second - burnLimit.windowSeconds) times.shift();
    this.#recent.requests.push(second);
    this.#burning.requests.push(second);
    const failure = this.#failure(second);
    return {
      failure: failure === "none" ? this.#unavailable(second) : failure,
      milliseconds: this.#latency(second),
    };
  }

  #failure(second: number): Drawn["failure"] {
    if (this.#chance.next() >= this.#noise.failureShare) return "none";
    const isServerError = this.#chance.next() < this.#noise.serverErrorShare;
    if (!this.#fitsBake("failures")) return "none";
    if (!this.#fits("failures", limits.failures) || this.#burns()) return "none";
    if (isServerError && !this.#below("serverErrors", limits.serverErrors + 1)) return "none";
    this.#recent.failures.push(second);
    this.#burning.failures.push(second);
    this.#bake.failures += 1;
    if (isServerError) this.#recent.serverErrors.push(second);
    return isServerError ? "serverError" : "timeout";
  }

  #unavailable(second: number): Drawn["failure"] {
    if (this.#chance.next() >= this.#noise.unavailableShare) return "none";
    if (!this.#fitsBake("unavailable") || !this.#fits("unavailable", limits.unavailable)) return "none";
    this.#recent.unavailable.push(second);
    this.#bake.unavailable += 1;
    return "unavailable";
  }

  #latency(second: number): number {
    const { medianMilliseconds, sigma } = this.#noise;
    const milliseconds = medianMilliseconds * Math.exp(sigma * this.#normal());
    if (milliseconds <= slowMilliseconds) return milliseconds;
    if (!this.#fits("slow", limits.slow)) return medianMilliseconds;
    this.#recent.slow.push(second);
    return milliseconds;
  }

  /** Box and Muller's. */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#chance.next())) * Math.cos(2 * Math.PI * this.#chance.next());
  }

  /** Whether one more would use up too much of what burnSlow allows in half an hour. */
  #burns(): boolean {
    const { bound } = this.#noise;
    const { requests, failures } = this.#burning;
    const fires = Math.max(burnLimit.floor, Math.floor(burnLimit.share * requests.length) + 1);
    return bound !== undefined && failures.length + 1 > bound * fires;
  }

  /** Whether one more stays below what fires: more than that share of the window's requests, and at least the floor. */
  #fits(kind: "failures" | "unavailable" | "slow", share: number): boolean {
    const fires = Math.max(limits.floor, Math.floor(share * this.#recent.requests.length) + 1);
    return this.#below(kind, fires);
  }

  /** Whether one more stays at that share of what the bake allows, of the requests so far. */
  #fitsBake(kind: "failures" | "unavailable"): boolean {
    const { within, bound } = this.#noise;
    if (within === "alarms" || bound === undefined) return true;
    return this.#bake[kind] + 1 <= bound * bakeLimits[kind] * this.#bake.requests;
  }

  #below(kind: "failures" | "unavailable" | "slow" | "serverErrors", fires: number): boolean {
    const { bound } = this.#noise;
    return bound === undefined || this.#recent[kind].length + 1 <= bound * fires;
  }
}
