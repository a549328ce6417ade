import type { CounterKey, Version } from "../../../monitoring/metrics.ts";
import type { Script } from "../faults/script.ts";
import type { ReplayStack } from "./replay-stack.ts";

/** A request as a replayed fault sees it. */
export interface Replayed {
  readonly version: Version;
  /** Which of the version's requests it is since the fault began, from 0. */
  readonly index: number;
  /** Virtual, since the fault began. */
  readonly second: number;
  /** Where in the fleet its yacht stands, from 0. */
  readonly yacht: number;
  /** 0 ≤ value < 1, seeded. */
  readonly chance: () => number;
}

/** What the request left behind; what is left out is that of a healthy one. */
export interface Left {
  readonly status?: number;
  readonly milliseconds?: number;
  /** Counters of its version besides the request itself. */
  readonly counts?: Partial<Record<Exclude<CounterKey, "requests" | "integrityBreaks">, number>>;
  /** AWS's own counters. */
  readonly own?: {
    readonly functionErrors?: number;
    readonly throttles?: number;
    readonly gatewayErrors?: number;
  };
  /** Its line never comes. */
  readonly lost?: true;
  /** Its line comes so much later. */
  readonly lateSeconds?: number;
  /** Its line says a time that is off by so much. */
  readonly skewSeconds?: number;
}

/** What goes wrong around the product; the same for a stack with an API in it. */
export interface ReplayHost {
  apply(stack: ReplayStack): void | Promise<void>;
  clear(stack: ReplayStack): void | Promise<void>;
}

/** A fault that needs no API: what its requests would have left in the metrics is put there. */
export interface Replay extends Script {
  /** Called for each request from the fault's first minute on. */
  leaves?(request: Replayed): Left;
  readonly host?: ReplayHost;
  /** So many times the ordinary traffic, above 0. */
  readonly traffic?: number;
  /** Mismatches that the check of the data finds each minute. */
  readonly integrityBreaks?: number;
}
