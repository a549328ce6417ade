const replaced = "[redacted]";

/** Tokens, signed URLs, and fields that are named like a secret. What else a line says stays readable. */
const patterns: readonly (readonly [pattern: RegExp, by: string])[] = [
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, replaced],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${replaced}`],
  [/([?&]X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"\\]+/gi, `$1${replaced}`],
  [
    /(\\?"(?:\w*(?:password|passwd|secret|token|credential)s?|pin|totp|code|authorization)\\?"\s*:\s*)(\\?")(?:(?!\2).)*\2/gi,
    `$1$2${replaced}$2`,
  ],
  [/\b(password|passwd|secret|token|pin|totp)=[^\s&"']+/gi, `$1=${replaced}`],
  [/:\/\/[^\s/:@"]+:[^\s/@"]+@/g, `://${replaced}@`],
];

/** A line of a log without what nobody may read in evidence. The API writes none of it; this is the second guard. */
export function redactedLine(line: string): string {
  return patterns.reduce((text, [pattern, by]) => text.replace(pattern, by), line);
}
