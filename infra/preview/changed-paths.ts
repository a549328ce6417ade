/** Paths of the properties in which two values differ. */
type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Of a file or archive only the content counts, not where it lies. */
function assetHash(value: unknown): string | undefined {
  if (!isObject(value) || !("$archive" in value || "$asset" in value)) return undefined;
  return String(value.hash);
}

/** Sorted paths like `tags.owner` or `rules[0].port`; "" when the values themselves differ. */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (Object.is(before, after)) return [];
  const [oldHash, newHash] = [assetHash(before), assetHash(after)];
  if (oldHash !== undefined && newHash !== undefined) return oldHash === newHash ? [] : [path];
  if (Array.isArray(before) && Array.isArray(after)) return changedItems(before, after, path);
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => changedPaths(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

function changedItems(before: readonly unknown[], after: readonly unknown[], path: string): string[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, index) =>
    changedPaths(before[index], after[index], `${path}[${index}]`),
  ).flat();
}

/** The value of an `ignoreChanges` path covers what lies below it. */
export function withoutIgnored(paths: readonly string[], ignored: readonly string[]): string[] {
  const covers = (prefix: string, path: string) =>
    prefix === "*" || path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);
  return paths.filter((path) => !ignored.some((prefix) => covers(prefix, path)));
}
