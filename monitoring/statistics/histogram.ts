import { type QuantileEstimate, quantileRanks } from "./quantile.ts";

/**
 * The upper edges of the bins of a latency, milliseconds: 10 % apart, and every limit of the plan is one of them, so
 * that what the bins say of a limit is exact. A bin holds what is above the edge before it, up to its own.
 */
export const latencyEdges: readonly number[] = edgesBetween(5, 30_000, [400, 500, 1000]);

/**
 * The quantile of samples that are known by their bins alone, with the bounds of `quantileOf`, each widened to its
 * bin's own edge: the value and the upper bound are the edge above, the lower bound is the edge below. `counts`: of each
 * bin; `samples`: of all, those above the last edge included. Undefined without samples.
 */
export function histogramQuantile(
  counts: readonly number[],
  samples: number,
  share: number,
  edges: readonly number[] = latencyEdges,
): QuantileEstimate | undefined {
  if (samples === 0) return undefined;
  const { rank, lowest, highest } = quantileRanks(samples, share);
  const binOf = (wanted: number) => {
    let below = 0;
    const found = counts.findIndex((count) => {
      below += count;
      return below >= wanted;
    });
    return found === -1 ? edges.length : found;
  };
  const above = (wanted: number) => edges[binOf(wanted)] ?? Number.POSITIVE_INFINITY;
  return {
    value: above(rank),
    lower: lowest === 0 ? Number.NEGATIVE_INFINITY : (edges[binOf(lowest) - 1] ?? 0),
    upper: highest > samples ? Number.POSITIVE_INFINITY : above(highest),
    samples,
  };
}

function edgesBetween(first: number, last: number, exact: readonly number[]): number[] {
  const edges = [...exact, last];
  for (let edge = first; edge < last; edge *= 1.1) edges.push(Number(edge.toPrecision(3)));
  return [...new Set(edges)].sort((a, b) => a - b);
}
