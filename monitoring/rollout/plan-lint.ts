import { type Criterion, type Measure, plan, type Stage } from "../../flags/plan.ts";
import { countText, nounOf } from "../count-text.ts";
import { durationText } from "../duration-text.ts";
import { upperBound } from "../statistics/binomial.ts";
import { leastSamples, mostSamples } from "../statistics/least-samples.ts";

/** What the fleet is expected to send. */
export interface ExpectedTraffic {
  /** Requests a minute of the whole fleet, both versions. */
  readonly requestsPerMinute: number;
  /** Yachts that may be on v2. Left out: the exposed share is the stage's percent itself. */
  readonly yachts?: number;
  /** Other bakes than the plan's: a trial on one machine. */
  readonly bakeMinutes?: number;
}

/** A criterion that the bake cannot prove, even if nothing at all goes wrong. */
export interface Unprovable {
  readonly stage: string;
  readonly measure: Measure;
  /** Requests of v2 (or of v1, for a comparison) that the proof takes. */
  readonly needed: number;
  /** Requests that the bake will bring. */
  readonly expected: number;
  readonly bakeMinutes: number;
  /** Minutes that the proof would take; undefined: it never comes at that traffic. */
  readonly minutes: number | undefined;
  readonly text: string;
}

/**
 * Every criterion of the plan that cannot be proven at that traffic, with the time that it would take. It assumes the
 * best case, no error and no slow request: what cannot be proven even then only ever holds the rollout.
 * Throws a RangeError for a traffic below 0.
 */
export function lintPlan(traffic: ExpectedTraffic, stages: readonly Stage[] = plan): Unprovable[] {
  if (!(traffic.requestsPerMinute >= 0)) {
    throw new RangeError(`the expected traffic must be 0 or more, not ${traffic.requestsPerMinute}`);
  }
  return stages.flatMap((stage) =>
    stage.criteria.flatMap((criterion) => unprovable(stage, criterion, traffic) ?? []),
  );
}

/** "60 min: 3 of 299 requests come; it would take 4.2 days". */
function shortage({ needed, expected, bakeMinutes, minutes }: Omit<Unprovable, "text">): string {
  const takes = minutes === undefined ? "it would never be proven" : `it would take ${durationText(minutes)}`;
  const comes = `${expected} of ${countText(needed, "request")} ${nounOf(needed, "comes", "come")}`;
  return `${durationText(bakeMinutes)}: ${comes}; ${takes}`;
}

/** The same for a reader, by stage: a line for all that not one request comes for, and one for each of the others. */
export function unprovableLines(unprovable: readonly Unprovable[]): { stage: string; text: string }[] {
  const stages = Map.groupBy(unprovable, ({ stage }) => stage);
  return [...stages].flatMap(([stage, all]) => {
    const [none = [], some = []] = [true, false].map((is) => all.filter(({ expected }) => is === !expected));
    const lines = some.map((one) => ({ stage, text: `${one.measure} in ${shortage(one)}` }));
    if (none.length === 0) return lines;
    const measures = none.map(({ measure }) => measure).join(", ");
    const bake = durationText(none[0]!.bakeMinutes);
    return [{ stage, text: `${measures} in ${bake}: not one request comes` }, ...lines];
  });
}

/** How many requests without any error prove the criterion. */
export function samplesNeeded({ measure, comparison, limit }: Criterion): number {
  const share = quantileShares[measure];
  if (share !== undefined) return needed((n) => share ** n <= 0.05);
  if (!shareMeasures.has(measure)) return 1;
  return needed((n) => (comparison === "below" ? upperBound(0, n) < limit : upperBound(0, n) <= limit));
}

function needed(proven: (samples: number) => boolean): number {
  return leastSamples(proven) ?? mostSamples;
}

/** Rates of requests: bounded by zero events in n. The rest is counted, and one sample is data. */
const shareMeasures: ReadonlySet<Measure> = new Set<Measure>(["errorRate", "timeoutRate"]);
/** Latencies: the largest of n samples bounds a quantile from above, with 1 - share^n. */
const quantileShares: Partial<Record<Measure, number>> = { p95: 0.95, p95Ratio: 0.95, p99: 0.99 };
/** Measures of v2 against v1 that need the samples of both sides. Without any error nothing is above the control's. */
const comparisons: ReadonlySet<Measure> = new Set<Measure>(["p95Ratio"]);

function unprovable(
  { stage, percent, bakeMinutes: planned }: Stage,
  criterion: Criterion,
  { requestsPerMinute, yachts, bakeMinutes = planned }: ExpectedTraffic,
): Unprovable | undefined {
  const { measure } = criterion;
  const share = exposedShare(percent, yachts);
  const thinner = comparisons.has(measure) ? Math.min(share, 1 - share) : share;
  const perMinute = requestsPerMinute * thinner;
  const expected = Math.floor(perMinute * bakeMinutes);
  const needed = samplesNeeded(criterion);
  if (expected >= needed) return undefined;
  const minutes = perMinute > 0 ? Math.ceil(needed / perMinute) : undefined;
  const found = { stage, measure, needed, expected, bakeMinutes, minutes };
  return { ...found, text: `${stage} cannot prove ${measure} in ${shortage(found)}` };
}

/** Whole yachts are exposed, at least one. Source: domain.md, "The rollout". */
function exposedShare(percent: number, yachts: number | undefined): number {
  if (yachts === undefined || yachts === 0 || percent === 0) return percent / 100;
  return Math.ceil((percent * yachts) / 100) / yachts;
}
