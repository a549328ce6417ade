/** Small graphs made by hand, for the rules' cases. */
import type { Surroundings } from "../../../infra/policies/rule.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { referenceText } from "../../../infra/preview/reference.ts";

export function resource(
  type: string,
  inputs: Record<string, unknown>,
  options: Partial<PlannedResource> = {},
): PlannedResource {
  const name = options.name ?? "it";
  return {
    type,
    name,
    urn: `urn:pulumi:dev-service::part-lens::${type}::${name}`,
    custom: true,
    inputs,
    dependsOn: [],
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: false,
    ignoreChanges: [],
    replaceOnChanges: [],
    aliases: [],
    secretInputs: [],
    ...options,
  };
}

export function around(
  resources: readonly PlannedResource[],
  more: Partial<Surroundings> = {},
): Surroundings {
  return {
    environment: "dev",
    layer: "service",
    resources,
    ownLayer: resources,
    protectData: true,
    atOtherStage: (one) => one,
    ...more,
  };
}

/** The output of a resource named "it". */
export function output(type: string, property: string): string {
  return referenceText(type, "it", property);
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}
