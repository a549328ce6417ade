/** Which resource an input means: by a reference to one of its outputs, or by the name it was given. */
import { keyOf, type PlannedResource } from "../preview/graph.ts";
import { referencesIn } from "../preview/reference.ts";

/** The inputs by which a service lets its things be named; the last two are outputs, which the real engine knows. */
const nameInputs = ["bucket", "name", "arn", "id"] as const;

/** Whether that input of another resource means this one. */
export function pointsAt(value: unknown, target: PlannedResource): boolean {
  if (typeof value !== "string" || value === "") return false;
  if (referencesIn(value).some((reference) => keyOf(reference) === keyOf(target))) return true;
  return nameInputs.some((input) => target.inputs[input] === value);
}

/** The resources of that type whose input means this resource. */
export function attachedTo(
  target: PlannedResource,
  resources: readonly PlannedResource[],
  type: string,
  input: string,
): PlannedResource[] {
  return resources.filter((other) => other.type === type && pointsAt(other.inputs[input], target));
}

/** The resource of that type that an input means, or undefined. */
export function targetOf(
  value: unknown,
  resources: readonly PlannedResource[],
  type: string,
): PlannedResource | undefined {
  return resources.find((resource) => resource.type === type && pointsAt(value, resource));
}
