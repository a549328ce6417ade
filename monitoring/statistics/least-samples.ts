/** The most samples that a proof may ask for before it counts as out of reach. */
export const mostSamples = 2 ** 24;

/** The least number of samples, `from` or more, from which on that is proven; undefined when it is out of reach. */
export function leastSamples(proven: (samples: number) => boolean, from = 1): number | undefined {
  let high = Math.max(1, from);
  if (proven(high)) return high;
  let low = high;
  while (!proven(high)) {
    if (high >= mostSamples) return undefined;
    low = high;
    high *= 2;
  }
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (proven(middle)) high = middle;
    else low = middle;
  }
  return high;
}
