import type { PlannedResource } from "./graph.ts";
import { referenceText, resolveReferences } from "./reference.ts";

/**
 * The names that a resource had before: its own old ones, and those that it has from a parent which it is named after,
 * as Pulumi's engine hands them down. `all`: every resource of the graph by its key, components too.
 */
export function formerNames(resource: PlannedResource, all: ReadonlyMap<string, PlannedResource>): string[] {
  const parent = resource.parent === undefined ? undefined : all.get(resource.parent);
  if (!parent || !resource.name.startsWith(parent.name)) return [...resource.aliases];
  const rest = resource.name.slice(parent.name.length);
  return [...resource.aliases, ...formerNames(parent, all).map((name) => name + rest)];
}

/** The inputs as they would be if what was renamed had its old name. `renamed`: old names by key. */
export function withFormerNames(
  inputs: PlannedResource["inputs"],
  renamed: ReadonlyMap<string, string>,
): PlannedResource["inputs"] {
  if (renamed.size === 0) return inputs;
  const before = resolveReferences(inputs, ({ type, name, property }) => {
    const old = renamed.get(`${type}::${name}`);
    return old === undefined ? undefined : referenceText(type, old, property);
  });
  return before as PlannedResource["inputs"];
}
