/** The quantile of the normal distribution that 5 % lie above. */
const z = 1.6449;

/**
 * Metric math that holds when more than that share of the requests failed, by the exact binomial test at 5 %. Metric math
 * has no binomial distribution: this is the normal one with the corrections for whole numbers and for skewness. From 20
 * requests on it asks for as many failures as the exact test does, or for one more, never for fewer.
 */
export function provenAbove(share: number, failed: string, requests: string): string {
  const whole = 0.5 + ((z ** 2 - 1) / 6) * (1 - 2 * share);
  const spread = z ** 2 * share * (1 - share);
  const excess = `(${failed} - ${written(whole)} - ${share} * ${requests})`;
  return `${excess} > 0 AND ${excess} * ${excess} > ${written(spread)} * ${requests}`;
}

function written(value: number): number {
  return Number(value.toPrecision(4));
}
