/** What a policy rule is: a question to one resource, answered in one of three ways. */
import type { EnvironmentName, LayerName } from "../naming.ts";
import type { PlannedResource } from "../preview/graph.ts";

export type Answer =
  | { readonly answer: "compliant" }
  | {
      readonly answer: "violation";
      readonly message: string;
      /** Path of the input that is wrong or missing. */
      readonly property: string;
    }
  | { readonly answer: "notApplicable" };

/** What a rule may look at besides the resource itself. */
export interface Surroundings {
  readonly environment: EnvironmentName;
  /** The layer that the resource is in. */
  readonly layer: LayerName;
  /** All resources of all layers of the environment. */
  readonly resources: readonly PlannedResource[];
  /** The resources of its own layer. */
  readonly ownLayer: readonly PlannedResource[];
  /** Whether the configuration protects what holds data. */
  readonly protectData: boolean;
  /** The same resource at the other end of the rollout plan; undefined when it is not there. */
  readonly atOtherStage: (resource: PlannedResource) => PlannedResource | undefined;
}

export interface Rule {
  /** The file's name. */
  readonly id: string;
  /** What must hold, as a sentence. */
  readonly title: string;
  readonly judge: (resource: PlannedResource, around: Surroundings) => Answer;
}

export const compliant: Answer = { answer: "compliant" };
export const notApplicable: Answer = { answer: "notApplicable" };

export function violation(message: string, property: string): Answer {
  return { answer: "violation", message, property };
}

/** Compliant when the condition holds, else a violation. */
export function require(holds: boolean, message: string, property: string): Answer {
  return holds ? compliant : violation(message, property);
}
