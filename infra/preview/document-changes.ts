/** The differences between two JSON documents. */
import { changedPaths } from "./changed-paths.ts";

type Scalar = string | number | boolean | null;

export type DocumentChange =
  | { readonly path: string; readonly before: unknown; readonly after: unknown }
  /** A list of plain values, whose order means nothing. */
  | { readonly path: string; readonly added: readonly Scalar[]; readonly removed: readonly Scalar[] };

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== "object";
}

function isList(value: unknown): value is Scalar[] {
  return Array.isArray(value) && value.every(isScalar);
}

function isTree(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object";
}

/** Depth first, paths sorted. */
export function documentChanges(before: unknown, after: unknown, path = ""): DocumentChange[] {
  if (changedPaths(before, after).length === 0) return [];
  if (isList(before) && isList(after)) {
    const added = after.filter((value) => !before.includes(value));
    const removed = before.filter((value) => !after.includes(value));
    return added.length + removed.length === 0 ? [] : [{ path, added, removed }];
  }
  if (!isTree(before) || !isTree(after)) return [{ path, before, after }];
  const inList = Array.isArray(before) || Array.isArray(after);
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!inList) keys.sort();
  const below = (key: string) => (inList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`);
  return keys.flatMap((key) => documentChanges(before[key], after[key], below(key)));
}
