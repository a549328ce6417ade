/** A character of a pattern, or one of its wildcards: `any` stands for any text, `name` for one without "/" and ":". */
type Token = string | { readonly wildcard: "any" | "name" };

const any = { wildcard: "any" } as const;
const name = { wildcard: "name" } as const;

/** Variables of the reference that stand for names with slashes in them, or for the rest of an ARN. */
const paths = new Set([
  "ObjectName",
  "LogGroupName",
  "LogStreamName",
  "ParameterNameWithoutLeadingSlash",
  "RoleNameWithPath",
  "SecretId",
]);

/** A pattern of a policy: "*" stands for any text. */
const granted = (pattern: string): Token[] => [...pattern].map((char) => (char === "*" ? any : char));

/** A format of the reference: each `${…}` stands for a name. */
function formatted(format: string): Token[] {
  const parts = format.split(/\$\{(\w+)\}/);
  return parts.flatMap((part, index): Token[] => {
    if (index % 2 === 0) return [...part];
    return [paths.has(part) ? any : name];
  });
}

/** Whether an ARN of that format can be among those that the pattern grants. */
export function grants(pattern: string, format: string): boolean {
  const [left, right] = [granted(pattern), formatted(format)];
  const known = new Map<string, boolean>();
  const meet = (i: number, j: number): boolean => {
    const key = `${i} ${j}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    known.set(key, false);
    const found = meetAt(
      left[i],
      right[j],
      () => meet(i + 1, j),
      () => meet(i, j + 1),
      () => meet(i + 1, j + 1),
    );
    known.set(key, found);
    return found;
  };
  return meet(0, 0);
}

type Next = () => boolean;

function meetAt(
  left: Token | undefined,
  right: Token | undefined,
  nextLeft: Next,
  nextRight: Next,
  both: Next,
) {
  if (left === undefined && right === undefined) return true;
  if (typeof left === "object") return nextLeft() || (right !== undefined && nextRight());
  if (typeof right === "object")
    return (
      nextRight() || (left !== undefined && (right.wildcard === "any" || !/[/:]/.test(left)) && nextLeft())
    );
  return left === right && left !== undefined && both();
}
