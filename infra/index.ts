/** The Pulumi program: the stack's name says which layer of which environment it is. */
import * as pulumi from "@pulumi/pulumi";
import { foundation } from "./foundation.ts";
import { type LayerName, parseStackName, type StackName } from "./naming.ts";
import { rollout } from "./rollout.ts";
import { service } from "./service.ts";

const layerPrograms = { foundation, service, rollout } as const satisfies Record<
  LayerName,
  (stack: StackName) => Promise<Record<string, unknown>>
>;

/** Makes the resources of one layer and returns the stack's outputs. */
export default async function program(): Promise<Record<string, unknown>> {
  const stack = parseStackName(pulumi.getStack());
  return layerPrograms[stack.layer](stack);
}
