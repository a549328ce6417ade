/**
 * Finds a secret in what was written. Six digits may be part of an id, a hash or a fraction by chance: a PIN or a code
 * stands alone.
 */
export function secretPattern(secret: string): RegExp {
  return new RegExp(
    /^\d{6}$/.test(secret) ? `(?<![0-9a-f.])${secret}(?![0-9a-f])` : secret.replaceAll(/[^\w]/g, "\\$&"),
  );
}
