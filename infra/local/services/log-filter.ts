import { AwsError } from "./aws-error.ts";

/** Whether a line matches. */
export type LogFilter = (message: string) => boolean;

type Fields = Readonly<Record<string, unknown>>;
type Condition = (fields: Fields) => boolean;

/** `$.field operator value`, the value a number or a text in quotes in which * stands for anything. */
const comparison = /^\s*\$\.(\w+)\s*(=|!=|>=|<=|>|<)\s*(?:"([^"]*)"|(-?\d+(?:\.\d+)?))\s*$/;

/**
 * CloudWatch's filter patterns as far as we use them: `{ $.a = "x*" && $.b >= 500 }` over lines of JSON, and
 * `?A ?"B C"`, any of these texts. Without a pattern every line matches. Throws AwsError for another pattern.
 */
export function logFilter(pattern: string | undefined): LogFilter {
  const text = pattern?.trim() ?? "";
  if (text === "") return () => true;
  return text.startsWith("{") ? fieldFilter(text) : anyText(text);
}

function fieldFilter(text: string): LogFilter {
  const inner = /^\{(.*)\}$/s.exec(text)?.[1];
  if (inner === undefined) throw unsupported(text);
  const conditions = inner.split("&&").map((part) => conditionOf(part, text));
  return (message) => {
    const fields = fieldsOf(message);
    return fields !== undefined && conditions.every((holds) => holds(fields));
  };
}

/** A field that is not there matches nothing, not even !=, as on AWS. */
function conditionOf(part: string, pattern: string): Condition {
  const [, name, operator, text, number] = comparison.exec(part) ?? [];
  if (name === undefined || operator === undefined) throw unsupported(pattern);
  if (text !== undefined) {
    const wanted = wildcard(text);
    const equal = operator === "=";
    if (!equal && operator !== "!=") throw unsupported(pattern);
    return (fields) => fields[name] !== undefined && wanted.test(String(fields[name])) === equal;
  }
  const limit = Number(number);
  return (fields) => typeof fields[name] === "number" && compare(fields[name], operator, limit);
}

function compare(value: number, operator: string, limit: number): boolean {
  if (operator === "=") return value === limit;
  if (operator === "!=") return value !== limit;
  if (operator === ">") return value > limit;
  if (operator === "<") return value < limit;
  return operator === ">=" ? value >= limit : value <= limit;
}

function wildcard(text: string): RegExp {
  const parts = text.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

function anyText(text: string): LogFilter {
  const terms = [...text.matchAll(/\?(?:"([^"]+)"|(\w+))/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  if (terms.length === 0) throw unsupported(text);
  return (message) => terms.some((term) => message.includes(term));
}

function fieldsOf(message: string): Fields | undefined {
  if (!message.startsWith("{")) return undefined;
  try {
    return JSON.parse(message) as Fields;
  } catch {
    return undefined;
  }
}

function unsupported(pattern: string): AwsError {
  return new AwsError("InvalidParameterException", `the filter pattern ${pattern} is not simulated`, 400);
}
