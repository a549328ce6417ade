/**
 * How CloudWatch decides an alarm's state from its datapoints.
 * Source: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data", whose tables are a test.
 */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface EvaluationRule {
  /** N: how many of the most recent datapoints are looked at. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
}

/**
 * The wider range that is fetched when datapoints are missing: AWS documents 5 for an alarm on 3 and leaves the
 * other numbers open. Taken as N + 2 throughout.
 */
export function evaluationRange(evaluationPeriods: number): number {
  return evaluationPeriods + 2;
}

/**
 * The state after an evaluation. `points` is the evaluation range, oldest first: does the point breach, or is it
 * missing (undefined)?
 */
export function evaluate(
  points: readonly (boolean | undefined)[],
  rule: EvaluationRule,
  current: AlarmState,
): AlarmState {
  const real = points.filter((point) => point !== undefined).slice(-rule.evaluationPeriods);
  const breaching = real.filter(Boolean).length;
  const missing = rule.evaluationPeriods - real.length;
  const alarmWhen = (count: number): AlarmState => (count >= rule.datapointsToAlarm ? "ALARM" : "OK");
  // Enough real points: the treatment of missing data is not asked.
  if (missing === 0) return alarmWhen(breaching);
  if (rule.treatMissingData === "breaching") return alarmWhen(breaching + missing);
  if (rule.treatMissingData === "notBreaching") return alarmWhen(breaching);
  if (breaching >= rule.datapointsToAlarm) return "ALARM";
  if (breaching < real.length) return "OK";
  if (rule.treatMissingData === "ignore") return current;
  return onlyBreachingAndOld(points, rule) ? "ALARM" : "INSUFFICIENT_DATA";
}

/** A breaching point at least M periods old, and since then nothing that did not breach: alarm below M points. */
function onlyBreachingAndOld(points: readonly (boolean | undefined)[], rule: EvaluationRule): boolean {
  const oldest = points.indexOf(true);
  return oldest !== -1 && points.length - oldest >= rule.datapointsToAlarm;
}
