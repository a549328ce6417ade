import { compliant, notApplicable, type Rule, violation } from "../rule.ts";

/** A property that is named like a secret, and not like the name or the key of one. */
const secretName = /(password|passwd|secret|token|privatekey|apikey|credential)s?$/i;
/** Named so, and none: whether an instance's metadata service asks for a token. */
const settings: readonly string[] = ["httpTokens"];
/** Values that are secrets whatever they are called. */
const secretValues = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}\b/,
  /:\/\/[^\s/:@]+:[^\s/:@]+@/,
];

/** Texts that are JSON hide properties too. */
function opened(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isSecret(name: string, value: string): boolean {
  if (secretValues.some((pattern) => pattern.test(value))) return true;
  // An output of another resource is not written in the program.
  if (settings.includes(name)) return false;
  return secretName.test(name.replaceAll("_", "")) && value !== "" && !/^\$\{ref:[^{}]+\}$/.test(value);
}

/** The path of a secret in the inputs, or undefined. */
function secretIn(input: unknown, path: string, name: string): string | undefined {
  const value = opened(input);
  if (typeof value === "string") return isSecret(name, value) ? path : undefined;
  if (value === null || typeof value !== "object") return undefined;
  for (const [key, item] of Object.entries(value)) {
    const inner = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    const found = secretIn(item, inner, Array.isArray(value) ? name : key);
    if (found !== undefined) return found;
  }
  return undefined;
}

export const noPlainSecret: Rule = {
  id: "no-plain-secret",
  title: "No secret is a plain input: it would stand in the state and in every preview.",
  judge: ({ custom, inputs, secretInputs }) => {
    if (!custom) return notApplicable;
    const plain = Object.fromEntries(Object.entries(inputs).filter(([name]) => !secretInputs.includes(name)));
    const path = secretIn(plain, "", "");
    const marked = path !== undefined && secretInputs.some((secret) => path.startsWith(secret));
    return path === undefined || marked ? compliant : violation("looks like a secret, and is plain", path);
  },
};
