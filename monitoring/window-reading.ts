import type { Share } from "./finding.ts";
import type { MetricReader } from "./metric-reader.ts";
import type { CounterKey, Version } from "./metrics.ts";
import type { QuantileEstimate } from "./statistics/quantile.ts";
import type { Evidence } from "./verdict.ts";

/** v1's numbers in a window: ramp-50's are the control of full-100, where v1 has no traffic left. */
export interface ControlRecord {
  readonly requests: number;
  readonly timeouts: number;
}

const silenceStep = 5 * 60_000;
const hour = 60 * 60_000;

export type Seen = Pick<Evidence, "observation" | "query">;

/** The metrics of one window, asked by version. */
export class WindowReading {
  readonly window: { readonly from: number; readonly to: number };
  readonly #metrics: MetricReader;
  readonly #recorded: ControlRecord | undefined;

  constructor(metrics: MetricReader, from: number, to: number, recorded?: ControlRecord) {
    this.window = { from, to };
    this.#metrics = metrics;
    this.#recorded = recorded;
  }

  count(keys: readonly CounterKey[]): Seen {
    const observation = {
      kind: "count",
      count: this.#sum(keys, "v2"),
      samples: this.#requests("v2"),
    } as const;
    return { observation, query: sumText(keys, "v2") };
  }

  /** What checks without an author have counted; nothing as soon as they were silent for an hour. */
  checks(key: CounterKey): Seen {
    const query = `sum(${key}{any}) of every hour`;
    const sums = this.#hours((from, to) => this.#metrics.sum(key, "any", from, to));
    return seenOf(sums, query, (known) => known.reduce((a, b) => a + b, 0));
  }

  /** The largest drift of any check, as a share; nothing as soon as they were silent for an hour. */
  worstDrift(): Seen {
    const percents = this.#hours((from, to) => this.#metrics.worstDrift(from, to));
    return seenOf(percents, "max(drift{any}) of every hour", (known) => Math.max(...known) / 100);
  }

  #hours(read: (from: number, to: number) => number | undefined): (number | undefined)[] {
    const { from, to } = this.window;
    const count = Math.max(1, Math.floor((to - from) / hour));
    // What is left of an hour at the end belongs to the last whole one: no check may have been due in it.
    const end = (index: number) => (index === count - 1 ? to : from + (index + 1) * hour);
    return Array.from({ length: count }, (_, index) => read(from + index * hour, end(index)));
  }

  share(keys: readonly CounterKey[]): Seen {
    return {
      observation: { kind: "share", ...this.#shareOf(keys, "v2") },
      query: `(${sumText(keys, "v2")}) / ${sumText(["requests"], "v2")}`,
    };
  }

  quantile(share: number): Seen {
    const estimate = this.#quantile("v2", share);
    return { observation: { kind: "quantile", estimate }, query: `p${share * 100}(latency{v2})` };
  }

  quantileRatio(share: number): Seen {
    const observation = {
      kind: "quantileRatio",
      canary: this.#quantile("v2", share),
      control: this.#quantile("v1", share),
    } as const;
    return { observation, query: `p${share * 100}(latency{v2}) / p${share * 100}(latency{v1})` };
  }

  /** Minute by minute, because the split of the traffic may move within the window. */
  sequence(keys: readonly CounterKey[]): Seen {
    const { from, to } = this.window;
    // What was never counted is no zero.
    const length = this.#sum(keys, "v2") === undefined ? 0 : Math.ceil((to - from) / 60_000);
    const minutes = Array.from({ length }, (_, i) => from + i * 60_000);
    const steps = minutes.map((start) => {
      const end = Math.min(to, start + 60_000);
      return {
        canaryErrors: this.#sum(keys, "v2", start, end) ?? 0,
        canaryRequests: this.#requests("v2", start, end),
        controlErrors: this.#sum(keys, "v1", start, end) ?? 0,
        controlRequests: this.#requests("v1", start, end),
      };
    });
    return {
      observation: { kind: "sequence", steps },
      query: `per minute (${sumText(keys, "v2")}) against (${sumText(keys, "v1")})`,
    };
  }

  recordedRatio(): Seen {
    const recorded = this.#recorded;
    const control = recorded && { events: recorded.timeouts, requests: recorded.requests };
    return {
      observation: { kind: "shareRatio", canary: this.#shareOf(["timeouts"], "v2"), control },
      query: `${sumText(["timeouts"], "v2")} / ${sumText(["requests"], "v2")} against v1's recorded in ramp-50`,
    };
  }

  /** The longest stretch of the window, in minutes and by steps of five, in which no request of v2 was counted. */
  longestSilence(): number {
    const { from, to } = this.window;
    let longest = 0;
    for (let start = from, since = from; start < to; start += silenceStep) {
      const end = Math.min(to, start + silenceStep);
      if (this.#requests("v2", start, end) > 0) since = end;
      longest = Math.max(longest, end - since);
    }
    return Math.floor(longest / 60_000);
  }

  control(): ControlRecord {
    return { requests: this.#requests("v1"), timeouts: this.#sum(["timeouts"], "v1") ?? 0 };
  }

  #shareOf(keys: readonly CounterKey[], version: Version): Share {
    return { events: this.#sum(keys, version), requests: this.#requests(version) };
  }

  #requests(version: Version, from = this.window.from, to = this.window.to): number {
    return this.#sum(["requests"], version, from, to) ?? 0;
  }

  /** Undefined as soon as one of them has no datapoint. */
  #sum(
    keys: readonly CounterKey[],
    version: Version,
    from = this.window.from,
    to = this.window.to,
  ): number | undefined {
    const sums = keys.map((key) => this.#metrics.sum(key, version, from, to));
    return sums.some((each) => each === undefined)
      ? undefined
      : sums.reduce<number>((a, b) => a + (b ?? 0), 0);
  }

  #quantile(version: Version, share: number): QuantileEstimate | undefined {
    return this.#metrics.quantile(version, share, this.window.from, this.window.to);
  }
}

function sumText(keys: readonly CounterKey[], version: Version): string {
  return keys.map((key) => `sum(${key}{${version}})`).join(" + ");
}

/** One number of all hours; undefined as soon as one of them has none. */
function seenOf(
  hours: readonly (number | undefined)[],
  query: string,
  together: (known: readonly number[]) => number,
): Seen {
  const known = hours.filter((each) => each !== undefined);
  const count = known.length === hours.length ? together(known) : undefined;
  return { observation: { kind: "count", count, samples: known.length }, query };
}
