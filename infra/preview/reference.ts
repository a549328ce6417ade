/**
 * The placeholder of an output that is not known yet: `${ref:<type>::<name>::<property>}`, the format of aws-check.
 * The property may be a path, `a[0].b`.
 */
export interface Reference {
  readonly type: string;
  readonly name: string;
  readonly property: string;
}

const anywhere = /\$\{ref:([^{}]+)\}/g;
const whole = /^\$\{ref:([^{}]+)\}$/;
/** In a JSON text: a string that is nothing but a placeholder, quotes included, or a placeholder inside one. */
const inJson = /"\$\{ref:([^{}]+)\}"|\$\{ref:([^{}]+)\}/g;

export function referenceText(type: string, name: string, property: string): string {
  return `\${ref:${type}::${name}::${property}}`;
}

function parsed(text: string): Reference {
  const first = text.indexOf("::");
  const last = text.lastIndexOf("::");
  return { type: text.slice(0, first), name: text.slice(first + 2, last), property: text.slice(last + 2) };
}

/** Every reference in the strings (and property names) of a value. */
export function referencesIn(value: unknown): Reference[] {
  if (typeof value === "string") return [...value.matchAll(anywhere)].map((match) => parsed(match[1] ?? ""));
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => [...referencesIn(key), ...referencesIn(item)]);
}

/** Returns the real output, or undefined to keep the placeholder. */
export type Resolver = (reference: Reference) => unknown;

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text) || whole.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A number stays a number in the JSON text, and an output with quotes in it does not break the text. */
function resolveInJson(text: string, resolver: Resolver): string {
  return text.replace(inJson, (match, alone: string | undefined, inside: string | undefined) => {
    const value = resolver(parsed(alone ?? inside ?? ""));
    if (value === undefined) return match;
    return alone === undefined ? JSON.stringify(asText(value)).slice(1, -1) : JSON.stringify(value);
  });
}

function resolveText(text: string, resolver: Resolver): unknown {
  if (!text.includes("${ref:")) return text;
  const alone = whole.exec(text);
  if (alone) return resolver(parsed(alone[1] ?? "")) ?? text;
  if (isJson(text)) return resolveInJson(text, resolver);
  return text.replace(anywhere, (match, inside: string) => {
    const value = resolver(parsed(inside));
    return value === undefined ? match : asText(value);
  });
}

/** The value with its references replaced. A string that is one reference becomes the output itself, type and all. */
export function resolveReferences(value: unknown, resolver: Resolver): unknown {
  if (typeof value === "string") return resolveText(value, resolver);
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, resolver));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      asText(resolveText(key, resolver)),
      resolveReferences(item, resolver),
    ]),
  );
}

/** The property at a path like `a[0].b`, or undefined. */
export function propertyAt(outputs: Readonly<Record<string, unknown>>, path: string): unknown {
  if (path in outputs) return outputs[path];
  let value: unknown = outputs;
  for (const part of path.split(/[.[\]]+/).filter((item) => item !== "")) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
