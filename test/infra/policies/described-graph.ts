/** A planned graph as the engine would describe it: before its resources exist, and after. */
import { keyOf, type PlannedResource } from "../../../infra/preview/graph.ts";
import { type Reference, referencesIn, resolveReferences } from "../../../infra/preview/reference.ts";
import type { DescribedResource } from "./analyzer.ts";

/** What the engine sends for a text that a preview does not know. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** At the end of an update: every output is known, and stands among the properties. */
export function deployed(resources: readonly PlannedResource[]): DescribedResource[] {
  const outputs = new Map<string, Record<string, string>>();
  for (const reference of referencesIn(resources.map(({ inputs }) => inputs))) {
    const of = outputs.get(keyOf(reference)) ?? {};
    outputs.set(keyOf(reference), { ...of, [reference.property]: outputOf(reference) });
  }
  return describe(resources, (resource) => ({
    ...(resolveReferences(resource.inputs, outputOf) as object),
    ...outputs.get(keyOf(resource)),
  }));
}

/** In the preview of a stack that does not exist yet: whatever is made from an output is unknown. */
export function previewed(resources: readonly PlannedResource[]): DescribedResource[] {
  return describe(resources, ({ inputs }) => ({
    ...unknownTexts(inputs),
    arn: unknownText,
    id: unknownText,
  }));
}

const outputOf = ({ type, name, property }: Reference) => `${property} of ${type} ${name}`;

function unknownTexts(value: object): object {
  const parts = Object.entries(value).map(([key, part]) => {
    if (typeof part === "string") return [key, referencesIn(part).length > 0 ? unknownText : part];
    return [key, part !== null && typeof part === "object" ? unknownTexts(part) : part];
  });
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}

function describe(
  resources: readonly PlannedResource[],
  propertiesOf: (resource: PlannedResource) => object,
): DescribedResource[] {
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]));
  return resources.map((resource) => {
    const provider = byKey.get(resource.provider ?? "");
    const dependencies = Object.entries(resource.inputs).map(([property, value]) => {
      const urns = referencesIn(value).map((reference) => byKey.get(keyOf(reference))?.urn);
      return [property, [...new Set(urns.filter((urn) => urn !== undefined))]] as const;
    });
    const { type, name, urn, protect } = resource;
    const properties = propertiesOf(resource) as DescribedResource["properties"];
    return {
      ...{ type, name, urn, protect, properties, dependencies: Object.fromEntries(dependencies) },
      ...(provider && { provider: { ...provider, properties: propertiesOf(provider) as typeof properties } }),
    };
  });
}
