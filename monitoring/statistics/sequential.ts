/** What canary and control did in one slice of time. */
export interface ComparisonStep {
  readonly canaryErrors: number;
  readonly canaryRequests: number;
  readonly controlErrors: number;
  readonly controlRequests: number;
}

export interface SequentialPlan {
  /** Up to this ratio of error rates the canary is no worse than the control. */
  readonly tolerated: number;
  /** The ratio of error rates that the test looks for, above what is tolerated. */
  readonly ratio: number;
  /** Chance, 0…1, to call a canary "above" that is not, over all looks together, however many. */
  readonly falseAlarms: number;
  /** The same of calling it "suspect". */
  readonly falseSuspicions: number;
}

export interface SequentialResult {
  /** Proven above; or it looks like it, and more events have to tell; or neither. */
  readonly decision: "above" | "suspect" | "notAbove";
  /** At the proof, or at the end. */
  readonly logLikelihoodRatio: number;
  /** From the first on: suspect; from the second on: above. */
  readonly bounds: readonly [number, number];
}

/**
 * The sequential probability ratio test of the canary's error rate against the control's of the same minutes: the
 * tolerated ratio against a higher one. Given that an error happened, it is the canary's with a probability that
 * depends on the traffic's split alone, so the unknown common rate drops out.
 *
 * May be looked at after every step and for as long as one likes: testing 60 times at 5 % would give 28 % false alarms,
 * this does not. While the canary is not above, the likelihood ratio is a supermartingale that begins at 1, so the chance
 * that it ever reaches 1/a is at most a (Ville's inequality). "above" once reached stays; "suspect" is what the ratio says
 * at the end, because later errors of both sides alike take a suspicion back.
 */
export function sequentialTest(steps: Iterable<ComparisonStep>, plan: SequentialPlan): SequentialResult {
  const bounds = [-Math.log(plan.falseSuspicions), -Math.log(plan.falseAlarms)] as const;
  let ratio = 0;
  for (const step of steps) {
    ratio += evidence(step, plan);
    if (ratio >= bounds[1]) return { decision: "above", logLikelihoodRatio: ratio, bounds };
  }
  return { decision: ratio >= bounds[0] ? "suspect" : "notAbove", logLikelihoodRatio: ratio, bounds };
}

/** The log likelihood ratio of one step. A step in which only one side had traffic says nothing. */
function evidence(step: ComparisonStep, { tolerated, ratio }: SequentialPlan): number {
  const { canaryRequests, controlRequests, canaryErrors, controlErrors } = step;
  if (canaryRequests === 0 || controlRequests === 0) return 0;
  const canaryPart = (rates: number) => (rates * canaryRequests) / (rates * canaryRequests + controlRequests);
  const [low, high] = [canaryPart(tolerated), canaryPart(ratio)];
  return canaryErrors * Math.log(high / low) + controlErrors * Math.log((1 - high) / (1 - low));
}
