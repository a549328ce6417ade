/** What the engine tells a policy pack, as the rules know a resource. */
import { type PolicyProviderResource, type PolicyResource, UnknownValueError } from "@pulumi/policy";
import { keyOf, type PlannedResource, unsetOptions } from "../../preview/graph.ts";
import { referenceText } from "../../preview/reference.ts";

export interface EngineResource extends PlannedResource {
  /** The engine's error for the first value that is not known before the update, if there is one. */
  readonly unknown?: UnknownValueError;
}

/**
 * A resource's properties are its outputs here, its inputs among them. What a preview does not know yet becomes a
 * reference to what it depends on, as the planned graph has it. Providers are among the resources.
 */
export function engineResources(resources: readonly PolicyResource[]): EngineResource[] {
  const listed = new Set(resources.map(({ urn }) => urn));
  const providers = new Map<string, PolicyProviderResource>();
  for (const { provider } of resources)
    if (provider && !listed.has(provider.urn)) providers.set(provider.urn, provider);
  return [
    ...resources.map(engineResource),
    ...[...providers.values()].map((provider) => ({ ...planned(provider), inputs: { ...provider.props } })),
  ];
}

function engineResource(resource: PolicyResource): EngineResource {
  const { opts, parent, provider, props, propertyDependencies } = resource;
  const unknowns: UnknownValueError[] = [];
  const inputs = Object.keys(props).map((property) => {
    const standIn = standInFor(resource, property, propertyDependencies[property] ?? []);
    return [property, known(() => props[property], standIn, unknowns)] as const;
  });
  return {
    ...planned(resource),
    inputs: Object.fromEntries(inputs),
    ...(parent && { parent: keyOf(parent) }),
    ...(provider && { provider: keyOf(provider) }),
    ...(unknowns[0] && { unknown: unknowns[0] }),
    dependsOn: resource.dependencies.map(keyOf),
    protect: opts.protect,
    deleteBeforeReplace: opts.deleteBeforeReplace ?? false,
    ignoreChanges: opts.ignoreChanges,
    aliases: opts.aliases,
  };
}

/** A resource with no option set. What the engine does not tell a pack is empty, and no rule in the pack reads it. */
function planned({ type, name, urn }: { type: string; name: string; urn: string }): PlannedResource {
  const custom = !type.startsWith("part-lens:") && type !== "pulumi:pulumi:Stack";
  return { type, name, urn, inputs: {}, ...unsetOptions, custom };
}

/** Of several dependencies the engine does not tell which one a part of the value comes from: it may be any. */
function standInFor(
  resource: PolicyResource,
  property: string,
  dependencies: readonly PolicyResource[],
): string {
  if (dependencies.length === 0) return referenceText(resource.type, resource.name, property);
  return dependencies.map(({ type, name }) => referenceText(type, name, "id")).join("");
}

/** The value with `standIn` for each part that is unknown; reading such a part throws. */
function known(read: () => unknown, standIn: string, unknowns: UnknownValueError[]): unknown {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    if (!(error instanceof UnknownValueError)) throw error;
    unknowns.push(error);
    return standIn;
  }
  if (value === null || typeof value !== "object") return value;
  const own = value as Record<string, unknown>;
  const parts = Object.keys(own).map((key) => [key, known(() => own[key], standIn, unknowns)] as const);
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}
