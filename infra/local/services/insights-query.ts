import { AwsError } from "./aws-error.ts";

type Fields = Readonly<Record<string, unknown>>;
type Row = Readonly<Record<string, string>>;

interface Aggregate {
  readonly name: string;
  readonly of: (rows: readonly Fields[]) => number;
}

interface Grouping {
  readonly field: string;
  readonly name: string;
}

const equals = /^(\w+) = (-?\d+(?:\.\d+)?)$/;
const present = /^ispresent\((\w+)\)$/;
const counting = /^count\(\*\) as (\w+)$/;
const percentile = /^pct\((\w+), (\d+(?:\.\d+)?)\) as (\w+)$/;
const grouped = /^(\w+)(?: as (\w+))?$/;
const sorted = /^(\w+) (asc|desc)$/;

/**
 * Logs Insights, as far as we ask it: `filter … | stats … by … | sort …` over lines of JSON, percentiles by the nearest
 * rank (AWS estimates them for many events). Gives the rows of those lines. Throws an AwsError for another query.
 */
export function insightsQuery(text: string): (lines: readonly string[]) => Row[] {
  const [filter, stats, sort, ...more] = text.split("|").map((command) => command.trim());
  const conditions = rest(filter, "filter").split(" and ").map(conditionOf);
  const [aggregated = "", by = ""] = rest(stats, "stats").split(" by ");
  const aggregates = aggregated.split(/, (?=\w+\()/).map(aggregateOf);
  const groups = by.split(", ").map(groupOf);
  const [, key = "", order] = sorted.exec(rest(sort, "sort")) ?? [];
  if (!order || more.length > 0) throw malformed(text);
  const sign = order === "asc" ? 1 : -1;
  return (lines) => {
    const found = lines
      .map(fieldsOf)
      .filter((fields) => fields && conditions.every((holds) => holds(fields)));
    const keyOf = (fields: Fields) => JSON.stringify(groups.map(({ field }) => fields[field]));
    return [...Map.groupBy(found as Fields[], keyOf).values()]
      .map((rows) => rowOf(rows, groups, aggregates))
      .sort((a, b) => sign * (Number(a[key]) - Number(b[key])));
  };
}

function rowOf(rows: readonly Fields[], groups: readonly Grouping[], aggregates: readonly Aggregate[]): Row {
  return Object.fromEntries([
    ...groups.map(({ field, name }) => [name, String(rows[0]?.[field])]),
    ...aggregates.map(({ name, of }) => [name, String(of(rows))]),
  ]);
}

function rest(command: string | undefined, name: string): string {
  if (command?.startsWith(`${name} `)) return command.slice(name.length + 1);
  throw malformed(command ?? name);
}

function conditionOf(text: string): (fields: Fields) => boolean {
  const [, there] = present.exec(text) ?? [];
  if (there) return (fields) => fields[there] !== undefined;
  const [, field, value] = equals.exec(text) ?? [];
  if (!field) throw malformed(text);
  return (fields) => fields[field] === Number(value);
}

function aggregateOf(text: string): Aggregate {
  const [, count] = counting.exec(text) ?? [];
  if (count) return { name: count, of: (rows) => rows.length };
  const [, field, percent, name] = percentile.exec(text) ?? [];
  if (!field || !name) throw malformed(text);
  return {
    name,
    of: (rows) => {
      const values = rows.map((fields) => Number(fields[field])).sort((a, b) => a - b);
      return values[Math.ceil((Number(percent) / 100) * values.length) - 1] ?? Number.NaN;
    },
  };
}

function groupOf(text: string): Grouping {
  const [, field, name] = grouped.exec(text) ?? [];
  if (!field) throw malformed(text);
  return { field, name: name ?? field };
}

function fieldsOf(line: string): Fields | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return undefined;
  }
}

function malformed(text: string): AwsError {
  return new AwsError("MalformedQueryException", `the query "${text}" is not simulated`, 400);
}
