import { z } from "zod";

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const policy = z.object({
  Statement: z.array(
    z.object({
      Effect: z.enum(["Allow", "Deny"]),
      Action: oneOrMany,
      Resource: oneOrMany,
      Condition: z.record(z.string(), z.record(z.string(), oneOrMany)).default({}),
    }),
  ),
});
type Statement = z.output<typeof policy>["Statement"][number];

export interface IdentityRequest {
  /** Such as s3:GetObject. */
  readonly action: string;
  /** The ARN it is done to. */
  readonly resource: string;
  /** The session's tags: what `${aws:PrincipalTag/…}` stands for. */
  readonly tags: Readonly<Record<string, string>>;
  /** Condition keys with their values, such as s3:prefix; a key that is left out is absent. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * Whether a role's own policies allow a request: an Allow that fits and no Deny that does. Conditions: StringEquals
 * and StringLike; with any other operator an Allow does not fit and a Deny does. An unreadable policy allows nothing.
 */
export function identityAllows(documents: readonly string[], request: IdentityRequest): boolean {
  const statements = documents.flatMap(parse);
  const fits = (effect: Statement["Effect"]) =>
    statements.some((statement) => statement.Effect === effect && applies(statement, request));
  return fits("Allow") && !fits("Deny");
}

function parse(document: string): readonly Statement[] {
  try {
    return policy.parse(JSON.parse(document)).Statement;
  } catch {
    return [];
  }
}

function applies({ Effect, Action, Resource, Condition }: Statement, request: IdentityRequest): boolean {
  const { action, resource, tags } = request;
  return (
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase(), {})) &&
    Resource.some((pattern) => matches(pattern, resource, tags)) &&
    Object.entries(Condition).every(([operator, keys]) => {
      const like = operator === "StringLike";
      if (!like && operator !== "StringEquals") return Effect === "Deny";
      return Object.entries(keys).every(([key, patterns]) => {
        const value = request.context?.[key];
        return value !== undefined && patterns.some((pattern) => matches(pattern, value, tags, like));
      });
    })
  );
}

/** `*` and `?` of the pattern are wildcards, those of a tag's value are not. A tag that is absent matches nothing. */
function matches(pattern: string, value: string, tags: IdentityRequest["tags"], wildcards = true): boolean {
  const parts = pattern.split(/(\$\{aws:PrincipalTag\/[^}]+\}|\*|\?)/);
  let expression = "";
  for (const part of parts) {
    const tag = /^\$\{aws:PrincipalTag\/([^}]+)\}$/.exec(part)?.[1];
    const known = tag === undefined ? part : tags[tag];
    if (!known && tag !== undefined) return false;
    if (wildcards && part === "*") expression += ".*";
    else if (wildcards && part === "?") expression += ".";
    else expression += escaped(known ?? "");
  }
  return new RegExp(`^${expression}$`, "s").test(value);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
