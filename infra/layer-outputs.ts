/** What one layer reads of another's outputs, by a stack reference. */
import * as pulumi from "@pulumi/pulumi";
import { type LayerName, project, type StackName } from "./naming.ts";

/** The outputs of another layer of the same environment. */
export class LayerOutputs {
  readonly #stack: pulumi.StackReference;

  constructor(stack: StackName, layer: LayerName) {
    const name = `${pulumi.getOrganization()}/${project}/${stack.environment}-${layer}`;
    this.#stack = new pulumi.StackReference(name);
  }

  /** That output. The update fails when the other layer has not made it yet. */
  get<Value>(output: string): pulumi.Output<Value> {
    return this.#stack.requireOutput(output) as pulumi.Output<Value>;
  }
}
