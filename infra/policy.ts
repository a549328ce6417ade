/** IAM policy documents: typed, and written with sorted keys so that a diff shows only what changed. */

export interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The policy document of these statements, as JSON with sorted keys. */
export function policyDocument(statements: readonly Statement[]): string {
  return sortedJson({ Version: "2012-10-17", Statement: statements });
}

/** The trust policy that lets that AWS service take a role. */
export function serviceTrust(service: string): string {
  return policyDocument([{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }]);
}

/** JSON with the keys of every object in alphabetical order. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
