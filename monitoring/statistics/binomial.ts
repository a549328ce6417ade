/** Exact statements about a share from k events in n trials; stable up to a million trials. */

/** P(X <= k) for X binomial with n trials of probability p. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  // Sum the tail in which the terms shrink, so that few are needed and none cancel.
  return k < n * p ? tailDown(k, n, p) : 1 - tailDown(n - k - 1, n, 1 - p);
}

/** P(X >= k). */
export function binomialAtLeast(k: number, n: number, p: number): number {
  return binomialAtMost(n - k, n, 1 - p);
}

/** The one-sided upper Clopper-Pearson bound: with that confidence the true share is at most this. 1 without trials. */
export function upperBound(k: number, n: number, confidence = 0.95): number {
  if (n === 0 || k >= n) return 1;
  return bisect((p) => binomialAtMost(k, n, p) > 1 - confidence);
}

/** The one-sided lower Clopper-Pearson bound: with that confidence the true share is at least this. 0 without trials. */
export function lowerBound(k: number, n: number, confidence = 0.95): number {
  if (n === 0 || k <= 0) return 0;
  return bisect((p) => binomialAtLeast(k, n, p) < 1 - confidence);
}

/** P(X <= k) where the terms fall from k downwards. */
function tailDown(k: number, n: number, p: number): number {
  const odds = (1 - p) / p;
  let term = Math.exp(logProbability(k, n, p));
  let sum = term;
  for (let i = k; i > 0; i--) {
    term *= (i / (n - i + 1)) * odds;
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return Math.min(1, sum);
}

function logProbability(k: number, n: number, p: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

const smallFactorials = [0];
for (let n = 1; n <= 20; n++) smallFactorials.push(smallFactorials[n - 1]! + Math.log(n));

/** Stirling's series; below 21 the sum itself. */
function logFactorial(n: number): number {
  const exact = smallFactorials[n];
  if (exact !== undefined) return exact;
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

/** The p in 0…1 up to which `holds` is true. */
function bisect(holds: (p: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 100 && high - low > 1e-15; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
