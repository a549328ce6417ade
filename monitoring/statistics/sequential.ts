/** What canary and control did in one slice of time. */
export interface ComparisonStep {
  readonly canaryErrors: number;
  readonly canaryRequests: number;
  readonly controlErrors: number;
  readonly controlRequests: number;
}

export interface SequentialPlan {
  /** The ratio of error rates that the test must find. */
  readonly ratio: number;
  /** Chance to call equal rates unequal; the guarantee over all looks is alpha / (1 - beta). */
  readonly alpha: number;
  /** Chance to miss that ratio. */
  readonly beta: number;
}

export interface SequentialResult {
  readonly decision: "above" | "notAbove" | "undecided";
  /** At the decision, or at the end. */
  readonly logLikelihoodRatio: number;
  /** Below the first: not above; from the second on: above. */
  readonly bounds: readonly [number, number];
}

/**
 * Wald's sequential probability ratio test of the canary's error rate against the control's of the same minutes:
 * equal rates against a `ratio` times higher one. Given that an error happened, it is the canary's with a
 * probability that depends on the traffic's split alone, so the unknown common rate drops out.
 * May be looked at after every step: testing 60 times at 5 % would give 28 % false alarms, this does not.
 * "above" once reached stays, and is still found after the lower bound was passed.
 */
export function sequentialTest(steps: Iterable<ComparisonStep>, plan: SequentialPlan): SequentialResult {
  const bounds = [Math.log(plan.beta / (1 - plan.alpha)), Math.log((1 - plan.beta) / plan.alpha)] as const;
  let ratio = 0;
  let notAbove = false;
  for (const step of steps) {
    ratio += evidence(step, plan.ratio);
    if (ratio >= bounds[1]) return { decision: "above", logLikelihoodRatio: ratio, bounds };
    notAbove ||= ratio <= bounds[0];
  }
  return { decision: notAbove ? "notAbove" : "undecided", logLikelihoodRatio: ratio, bounds };
}

/** The log likelihood ratio of one step. A step in which only one side had traffic says nothing. */
function evidence(step: ComparisonStep, ratio: number): number {
  if (step.canaryRequests === 0 || step.controlRequests === 0) return 0;
  const equal = step.canaryRequests / (step.canaryRequests + step.controlRequests);
  const raised = (ratio * step.canaryRequests) / (ratio * step.canaryRequests + step.controlRequests);
  return (
    step.canaryErrors * Math.log(raised / equal) + step.controlErrors * Math.log((1 - raised) / (1 - equal))
  );
}
