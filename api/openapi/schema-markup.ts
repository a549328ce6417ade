/** A JSON schema as HTML, nested as deep as it goes. */

export type Schema = Readonly<Record<string, unknown>>;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text for HTML, in an element or a quoted attribute. */
export function escaped(text: unknown): string {
  return String(text).replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** What is said of a value in a few words: its type, values and limits. */
export function briefly(schema: Schema): string {
  if (typeof schema.$ref === "string") return schema.$ref.split("/").at(-1) ?? "";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (Array.isArray(schema.anyOf)) return schema.anyOf.map((each) => briefly(each as Schema)).join(" | ");
  if (schema.type === "array") return `array of ${briefly((schema.items ?? {}) as Schema)}`;
  const limits = limitNames.flatMap(([name, sign]) =>
    schema[name] === undefined ? [] : [`${sign} ${schema[name]}`],
  );
  const shape = schema.pattern ? ` matching ${schema.pattern}` : "";
  return [schema.format ?? schema.type ?? "any", ...limits].join(", ") + shape;
}

const limitNames = [
  ["exclusiveMinimum", ">"],
  ["minimum", "≥"],
  ["maximum", "≤"],
  ["minLength", "length ≥"],
  ["maxLength", "length ≤"],
  ["minItems", "items ≥"],
  ["maxItems", "items ≤"],
] as const;

/** The schema's fields as a list; its alternatives as one folded list each. */
export function schemaMarkup(schema: Schema): string {
  if (Array.isArray(schema.anyOf) && schema.anyOf.some((each) => (each as Schema).properties)) {
    return schema.anyOf.map((each) => alternative(each as Schema)).join("");
  }
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  if (properties.length === 0) return `<p><code>${escaped(briefly(schema))}</code></p>`;
  const required = (schema.required ?? []) as readonly string[];
  return `<ul>${properties.map(([name, inner]) => field(name, inner, required.includes(name))).join("")}</ul>`;
}

function alternative(schema: Schema): string {
  const told = schema.description ? `<p>${escaped(schema.description)}</p>` : "";
  return `<details><summary><code>${escaped(schema.title ?? "or")}</code></summary>${told}${schemaMarkup(schema)}</details>`;
}

function field(name: string, schema: Schema, isRequired: boolean): string {
  const inner = (schema.type === "array" ? schema.items : schema) as Schema;
  const nested = inner?.properties ? schemaMarkup(inner) : "";
  const brief = nested ? String(schema.type) : briefly(schema);
  return `<li><code>${escaped(name)}${isRequired ? "" : "?"}</code> <i>${escaped(brief)}</i>${nested}</li>`;
}
