/** The graph of all three layers in the format of aws-check. */
import { layers, project } from "../naming.ts";
import { isProvider, keyOf, type PlannedResource } from "./graph.ts";
import type { LayerPlans } from "./layers.ts";

interface CheckedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
  readonly dependsOn: readonly string[];
}

/** Two layers have a resource of one type and name: a reference could mean either. */
export class AmbiguousResource extends Error {
  override readonly name = "AmbiguousResource";
}

/** aws-check wants to know that there is an archive, not what is in it. */
function withoutContent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutContent);
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  if ("$archive" in object) return { $archive: object.$archive };
  if ("$asset" in object) return { $asset: object.$asset };
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, withoutContent(item)]));
}

/** As a URN: resources of several types share a name, and a name alone would mean all of them. */
function urnOf(key: string): string {
  return `urn:pulumi:check::${project}::${key}`;
}

function checked({ type, name, inputs, dependsOn }: PlannedResource): CheckedResource {
  return {
    type,
    name,
    inputs: withoutContent(inputs),
    dependsOn: [...new Set(dependsOn.map(urnOf))].sort(),
  };
}

/** Throws AmbiguousResource. References to another layer's outputs are in the inputs already. */
export function checkGraph(plans: LayerPlans): { resources: CheckedResource[] } {
  const resources = layers
    .flatMap((layer) => plans[layer].graph.resources)
    .filter(({ custom, type }) => custom && !isProvider(type));
  const seen = new Set<string>();
  for (const resource of resources) {
    const key = keyOf(resource);
    if (seen.has(key))
      throw new AmbiguousResource(`two layers have ${resource.type} ${resource.name}: rename one`);
    seen.add(key);
  }
  return { resources: resources.map(checked) };
}
