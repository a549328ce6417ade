import type { MissingProof } from "./missing-proof.ts";
import type { VerdictWord } from "./rollout/event.ts";

/** Events in requests; `events` is undefined where no datapoint exists. */
export interface Share {
  readonly events: number | undefined;
  readonly requests: number;
}

/** What the samples say about one criterion. */
export interface Finding {
  readonly value: number | undefined;
  readonly samples: number;
  /** One-sided 95 % bounds of the value, each on its own; undefined where the samples give none. */
  readonly interval: readonly [number, number] | undefined;
  readonly verdict: VerdictWord;
  readonly reason: string;
  /** Of a share that proves neither side of its limit. */
  readonly missing?: MissingProof;
}

/** The finding where there is nothing to judge by: no data never passes. */
export function noData(samples: number): Finding {
  return { value: undefined, samples, interval: undefined, verdict: "inconclusive", reason: "no data" };
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
