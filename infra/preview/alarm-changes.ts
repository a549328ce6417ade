/** What a change of an alarm means, in words. */
import { changedPaths } from "./changed-paths.ts";
import { type Graph, keyOf, type PlannedResource } from "./graph.ts";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

const comparisons: Readonly<Record<string, string>> = {
  GreaterThanThreshold: "more than",
  GreaterThanOrEqualToThreshold: "at least",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "at most",
};

/** What the words below already tell, and what only names the alarm. */
const told = [
  "threshold",
  "comparisonOperator",
  "evaluationPeriods",
  "datapointsToAlarm",
  "period",
  "alarmDescription",
];

interface MetricQuery {
  readonly expression?: string;
  readonly label?: string;
  readonly metric?: { readonly period?: number };
}

function queriesOf({ inputs }: PlannedResource): readonly MetricQuery[] {
  return (inputs.metricQueries ?? []) as readonly MetricQuery[];
}

function limitOf({ inputs }: PlannedResource): string {
  const comparison = comparisons[String(inputs.comparisonOperator)] ?? String(inputs.comparisonOperator);
  return `${comparison} ${inputs.threshold}`;
}

function windowOf(alarm: PlannedResource): string {
  const { period, evaluationPeriods = 1, datapointsToAlarm = evaluationPeriods } = alarm.inputs;
  const seconds = period ?? queriesOf(alarm).find(({ metric }) => metric)?.metric?.period;
  if (Number(evaluationPeriods) <= 1) return `in ${seconds} s`;
  return `in ${datapointsToAlarm} of ${evaluationPeriods} periods of ${seconds} s`;
}

function condition(alarm: PlannedResource): string {
  return `${limitOf(alarm)} ${windowOf(alarm)}`;
}

function conditionChange(before: PlannedResource, after: PlannedResource): string | undefined {
  if (condition(before) === condition(after)) return undefined;
  const sameWindow = windowOf(before) === windowOf(after);
  return sameWindow
    ? `${limitOf(before)} → ${limitOf(after)} ${windowOf(after)}`
    : `${condition(before)} → ${condition(after)}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

function expressionChange(before: PlannedResource, after: PlannedResource): string | undefined {
  const expression = (alarm: PlannedResource) =>
    queriesOf(alarm).find((query) => query.expression)?.expression;
  const [old, now] = [expression(before), expression(after)];
  return old === now ? undefined : `rule ${old ?? "one metric"} → ${now ?? "one metric"}`;
}

/** Inputs that have no words of their own: by name, with both values when they are short. */
function otherChanges(before: PlannedResource, after: PlannedResource): string[] {
  const tops = new Set(changedPaths(before.inputs, after.inputs).map((path) => path.split(/[.[]/)[0]!));
  const plain = [...tops].filter((input) => !told.includes(input) && input !== "metricQueries");
  return plain.map((input) => `${input} ${shown(before.inputs[input])} → ${shown(after.inputs[input])}`);
}

/** Sources of metric math that changed without the expression or the period doing so. */
function sourceChange(before: PlannedResource, after: PlannedResource): string | undefined {
  const sources = (alarm: PlannedResource) =>
    queriesOf(alarm).map(
      ({ expression: _, label: __, metric: { period: ___, ...metric } = {}, ...query }) => ({
        ...query,
        metric,
      }),
    );
  return changedPaths(sources(before), sources(after)).length > 0 ? "its metrics changed" : undefined;
}

function changeOf(before: PlannedResource, after: PlannedResource): string | undefined {
  const words = [
    conditionChange(before, after),
    expressionChange(before, after) ?? sourceChange(before, after),
    ...otherChanges(before, after),
  ].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : `${after.name}: ${words.join("; ")}`;
}

/** A line an alarm, by name: `serverErrors: more than 5 → more than 8 in 300 s`. */
export function alarmChanges(before: Graph, after: Graph): string[] {
  const alarms = (graph: Graph) => graph.resources.filter(({ type }) => type === alarmType);
  const old = new Map(alarms(before).map((alarm) => [keyOf(alarm), alarm]));
  const now = alarms(after);
  const changed = now.flatMap((alarm) => {
    const was = old.get(keyOf(alarm));
    const line = was ? changeOf(was, alarm) : `${alarm.name}: new, ${condition(alarm)}`;
    return line === undefined ? [] : [line];
  });
  const kept = new Set(now.map(keyOf));
  const gone = [...old.values()].filter((alarm) => !kept.has(keyOf(alarm)));
  return [...changed, ...gone.map((alarm) => `${alarm.name}: removed, was ${condition(alarm)}`)].sort();
}
