import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";

export interface EncryptionKeyArgs {
  /** The environment, for the alias that people find it by. */
  readonly environment: string;
  /** What it protects. */
  readonly description: string;
  /** Refuses deletion by Pulumi: without the key the data is lost. Default true. */
  readonly protect?: boolean;
}

/** A key of our own that is rotated every year. Who may use it is said by the roles' policies. */
export class EncryptionKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "EncryptionKey"), name, {}, options);
    const inputs = { description: args.description, enableKeyRotation: true, deletionWindowInDays: 30 };
    const key = new aws.kms.Key(name, inputs, { parent: this, protect: args.protect ?? true });
    const alias = `alias/${physicalName("key", args.environment, name)}`;
    new aws.kms.Alias(name, { name: alias, targetKeyId: key.keyId }, { parent: this });
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
