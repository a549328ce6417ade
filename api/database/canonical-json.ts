import { hash } from "node:crypto";

/** JSON with the keys of every object sorted and absent values left out: equal data, equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The hash of a payload that idempotency and evidence compare, as lower-case hex. */
export function payloadHash(payload: object): string {
  return hash("sha256", canonicalJson(payload), "hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
