/** The examples in the committed stack files, which stand where your own settings go. */

/** What an example looks like. Domain names by RFC 2606: nobody can own one. */
const examples = [
  { is: "an example's account number", pattern: /(^|:)([1-9])\2{11}(:|$)/ },
  { is: "an example's domain", pattern: /((^|[.@]|\/\/)example\.(com|net|org)|\.example)([:/]|$)/i },
  { is: "an example's repository", pattern: /\/part-lens-example\// },
  { is: "an example's hosted zone", pattern: /^Z0{6,}/ },
  { is: "an example's connection", pattern: /\/00000000-0000-0000-0000-000000000000$/ },
  { is: "an example's key, whose private half nobody has", pattern: /^placeholder$/ },
] as const;

/** A line for each setting of these that is an example still, such as `part-lens:edge.zoneId: "Z0…" is …`. */
export function exampleSettings(path: string, value: unknown): string[] {
  if (typeof value === "string") {
    const found = examples.find(({ pattern }) => pattern.test(value));
    return found ? [`${path}: "${value}" is ${found.is}; put your own in its place`] : [];
  }
  if (value === null || typeof value !== "object") return [];
  const join = path.endsWith(":") ? path : `${path}.`;
  return Object.entries(value).flatMap(([key, inner]) => exampleSettings(`${join}${key}`, inner));
}
