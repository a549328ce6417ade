import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";

/** The header that CloudFront adds to every request that it passes on, over whatever a caller sends under that name. */
export const originKeyHeader = "x-part-lens-edge";

export interface OriginKeyArgs {
  /** The environment, for the physical name. */
  readonly environment: string;
}

/**
 * A secret that CloudFront and the API share: who does not come through CloudFront does not have it. API Gateway makes
 * it up, so that it stands in no configuration; the API knows its hash only. To change it, replace this resource.
 */
export class OriginKey extends pulumi.ComponentResource {
  /** Secret. */
  readonly value: pulumi.Output<string>;
  /** SHA-256 in hex: of 40 random characters it gives nothing away. */
  readonly hash: pulumi.Output<string>;

  constructor(name: string, args: OriginKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("edge", "OriginKey"), name, {}, options);
    const inputs = {
      name: physicalName("apiKey", args.environment, name),
      description: "Part Lens: CloudFront shows it to the API",
    };
    const key = new aws.apigateway.ApiKey(name, inputs, { parent: this, additionalSecretOutputs: ["value"] });
    this.value = pulumi.secret(key.value);
    const hashOf = (value: string) => createHash("sha256").update(value).digest("hex");
    this.hash = pulumi.unsecret(key.value.apply(hashOf));
    this.registerOutputs({});
  }
}
