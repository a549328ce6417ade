/**
 * What an update of the service and rollout layers does at AWS: by kind of resource the actions, and the resources
 * they are for. A test holds that every type of resource those layers make is here.
 * Source: the calls of the AWS provider and the Service Authorization Reference; not run against AWS yet.
 */
import type { Place } from "../naming.ts";
import type { Statement } from "../policy.ts";
import { edgeReach } from "./edge-reach.ts";
import { keepingReach } from "./keeping-reach.ts";
import { servingReach } from "./serving-reach.ts";

export interface Reach {
  /** What it is for, as the Sid of its statement. */
  readonly sid: string;
  /** The types of resource that it lets Pulumi make, change and delete. */
  readonly types: readonly string[];
  /** The service before the colon of every action. */
  readonly service: string;
  readonly actions: readonly string[];
  /** ARNs, with {region}, {account}, {environment} and {name}, the prefix of every name of this environment. */
  readonly resources: readonly string[];
  readonly condition?: Statement["Condition"];
}

/** By the policy they are in: IAM takes 6 144 characters in one. */
export const updateReach = {
  serving: servingReach,
  keeping: keepingReach,
  edge: edgeReach,
} as const satisfies Record<string, readonly Reach[]>;

/** The statements of that reach in that environment. */
export function reachStatements(place: Place, reach: readonly Reach[]): Statement[] {
  return reach.map(({ sid, service, actions, resources, condition }) => ({
    Sid: sid,
    Effect: "Allow",
    Action: actions.map((action) => `${service}:${action}`),
    Resource: resources.map((arn) => filled(arn, place)),
    ...(condition && { Condition: filledCondition(condition, place) }),
  }));
}

function filled(text: string, { environment, accountId, region }: Place): string {
  return text
    .replaceAll("{name}", `part-lens-${environment}`)
    .replaceAll("{environment}", environment)
    .replaceAll("{account}", accountId)
    .replaceAll("{region}", region);
}

function filledCondition(
  condition: NonNullable<Statement["Condition"]>,
  place: Place,
): Statement["Condition"] {
  return JSON.parse(filled(JSON.stringify(condition), place)) as Statement["Condition"];
}
