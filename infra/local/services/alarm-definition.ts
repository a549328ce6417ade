/** What a metric or composite alarm is made of: the inputs of the Pulumi resources, checked. */
import { z } from "zod";
import { type MathExpression, mathExpression } from "./alarm-math.ts";
import { type AlarmRule, alarmRule } from "./alarm-rule.ts";
import type { MetricName } from "./metric-store.ts";

const actions = {
  actionsEnabled: z.boolean().default(true),
  alarmActions: z.array(z.string()).default([]),
  okActions: z.array(z.string()).default([]),
  insufficientDataActions: z.array(z.string()).default([]),
  alarmDescription: z.string().optional(),
};

const dimensions = z.record(z.string(), z.string()).default({});
const period = z.union([z.literal([10, 20, 30]), z.number().multipleOf(60).positive()]);
const metric = z.object({
  namespace: z.string(),
  metricName: z.string(),
  dimensions,
  period,
  stat: z.string(),
});
const query = z.object({
  id: z.string(),
  expression: z.string().optional(),
  metric: metric.optional(),
  returnData: z.boolean().default(false),
});

const metricAlarm = z.object({
  ...actions,
  name: z.string(),
  namespace: z.string().optional(),
  metricName: z.string().optional(),
  dimensions,
  statistic: z.string().optional(),
  extendedStatistic: z.string().optional(),
  period: period.optional(),
  metricQueries: z.array(query).optional(),
  evaluationPeriods: z.number().int().positive(),
  datapointsToAlarm: z.number().int().positive().optional(),
  threshold: z.number(),
  comparisonOperator: z.enum([
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
  ]),
  treatMissingData: z.enum(["missing", "ignore", "breaching", "notBreaching"]).default("missing"),
  evaluateLowSampleCountPercentiles: z.enum(["evaluate", "ignore"]).default("evaluate"),
});
type MetricAlarmInputs = z.output<typeof metricAlarm>;

const compositeAlarm = z.object({ ...actions, alarmName: z.string(), alarmRule: z.string() });

/** What every alarm has. */
interface AlarmBase {
  readonly name: string;
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly alarmDescription?: string | undefined;
}

export interface MetricAlarm extends AlarmBase {
  readonly kind: "metric";
  readonly sources: Readonly<Record<string, MetricName & { readonly statistic: string }>>;
  readonly expression: MathExpression;
  /** Seconds, the same for every source. */
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparisonOperator: MetricAlarmInputs["comparisonOperator"];
  readonly treatMissingData: MetricAlarmInputs["treatMissingData"];
  readonly evaluateLowSampleCountPercentiles: "evaluate" | "ignore";
}

export interface CompositeAlarm extends AlarmBase {
  readonly kind: "composite";
  readonly rule: AlarmRule;
  readonly alarmRule: string;
}

export type Alarm = MetricAlarm | CompositeAlarm;

export class AlarmDefinitionError extends Error {
  override readonly name = "AlarmDefinitionError";
}

/** Inputs of aws:cloudwatch/metricAlarm:MetricAlarm. Throws AlarmDefinitionError with every problem. */
export function metricAlarmOf(inputs: unknown): MetricAlarm {
  const parsed = checked(metricAlarm, inputs);
  const data = parsed.metricQueries ? ofQueries(parsed, parsed.metricQueries) : ofOneMetric(parsed);
  const span = data.period * parsed.evaluationPeriods;
  const most = longestSpan(data.period);
  if (span > most)
    throw new AlarmDefinitionError(
      `${parsed.name}: looks back ${span} s, periods of ${data.period} s may ${most}`,
    );
  return {
    ...parsed,
    ...data,
    kind: "metric",
    datapointsToAlarm: parsed.datapointsToAlarm ?? parsed.evaluationPeriods,
  };
}

/** One day; seven for periods from an hour on. Seconds. Source: CloudWatch API reference, PutMetricAlarm, "Period". */
function longestSpan(period: number): number {
  return period < 3600 ? 86_400 : 7 * 86_400;
}

/** Inputs of aws:cloudwatch/compositeAlarm:CompositeAlarm. Throws AlarmDefinitionError or AlarmRuleError. */
export function compositeAlarmOf(inputs: unknown): CompositeAlarm {
  const parsed = checked(compositeAlarm, inputs);
  return { ...parsed, kind: "composite", name: parsed.alarmName, rule: alarmRule(parsed.alarmRule) };
}

type Data = Pick<MetricAlarm, "sources" | "expression" | "period">;

function ofOneMetric(inputs: MetricAlarmInputs): Data {
  const statistic = inputs.statistic ?? inputs.extendedStatistic;
  const { namespace, metricName: name, period: seconds, dimensions: dims } = inputs;
  if (!namespace || !name || !seconds || !statistic)
    throw new AlarmDefinitionError(
      `${inputs.name}: needs namespace, metricName, period and a statistic, or metricQueries`,
    );
  const sources = { m: { namespace, name, dimensions: dims, statistic } };
  return { sources, expression: mathExpression("m"), period: seconds };
}

function ofQueries(inputs: MetricAlarmInputs, queries: readonly z.output<typeof query>[]): Data {
  const returned = queries.filter((entry) => entry.returnData);
  const result = returned[0];
  if (returned.length !== 1 || !result)
    throw new AlarmDefinitionError(`${inputs.name}: exactly one metric query must return data`);
  const metrics = queries.flatMap((entry) => (entry.metric ? [{ id: entry.id, ...entry.metric }] : []));
  const expression = mathExpression(result.expression ?? result.id);
  const unknown = expression.ids.filter((id) => !metrics.some((entry) => entry.id === id));
  // An expression over another expression is not simulated: it would show up here too.
  if (unknown.length) throw new AlarmDefinitionError(`${inputs.name}: no metric ${unknown.join(", ")}`);
  const periods = [...new Set(metrics.map((entry) => entry.period))];
  if (periods.length !== 1 || metrics.length > 10)
    throw new AlarmDefinitionError(`${inputs.name}: metric math takes up to 10 metrics of one period`);
  const sources = metrics.map(({ id, namespace, metricName, dimensions: dims, stat }) => {
    return [id, { namespace, name: metricName, dimensions: dims, statistic: stat }] as const;
  });
  return { sources: Object.fromEntries(sources), expression, period: periods[0] as number };
}

function checked<T extends z.ZodType>(schema: T, inputs: unknown): z.output<T> {
  const result = schema.safeParse(inputs);
  if (result.success) return result.data;
  throw new AlarmDefinitionError(`alarm inputs: ${z.prettifyError(result.error)}`);
}
