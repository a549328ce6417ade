const replaced = "[redacted]";
/** Shorter secrets are digits that stand in ids and numbers by chance: those are looked for as whole values. */
const longEnough = 16;

/** A copy of the value in which no secret stands: neither as a whole value, nor, when it is long, inside a text. */
export function redacted(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof value === "string") return redactedText(value, secrets);
  if (Array.isArray(value)) return value.map((item) => redacted(item, secrets));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redacted(inner, secrets)]));
}

function redactedText(text: string, secrets: ReadonlySet<string>): string {
  if (secrets.has(text)) return replaced;
  let result = text;
  for (const secret of secrets) {
    if (secret.length >= longEnough) result = result.replaceAll(secret, replaced);
  }
  // Whoever has a signed URL has what it signs for.
  return result.replaceAll(/([?&]X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"]+/gi, `$1${replaced}`);
}
