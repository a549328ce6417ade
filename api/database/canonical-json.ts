import { hash } from "node:crypto";

/**
 * JSON as RFC 8785 has it: the keys of every object in the order of their UTF-16 code units, no space between, absent
 * values left out. Equal data, equal text.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`;
}

/** The hash of a payload that idempotency and evidence compare, as lower-case hex. */
export function payloadHash(payload: object): string {
  return hash("sha256", canonicalJson(payload), "hex");
}
