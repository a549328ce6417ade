import { recorded } from "../matrix/healthy-noise.ts";
import type { Seeded } from "../rehearsal/seeded.ts";

const normal = { share95: 1.6449, share99: 2.3263 } as const;
const sigma = Math.log(recorded.p99 / recorded.p95) / (normal.share99 - normal.share95);
const median = recorded.p95 / Math.exp(sigma * normal.share95);

/** The latency of a healthy request, milliseconds: log-normal, through the P95 and P99 of a recorded rehearsal. */
export function recordedLatency(chance: Seeded): number {
  const gauss = Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
  return median * Math.exp(sigma * gauss);
}
