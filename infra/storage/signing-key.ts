import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place, physicalName, roleArn } from "../naming.ts";
import { policyDocument } from "../policy.ts";

export interface SigningKeyArgs {
  /** Where it is: its policy names the account and the environment's roles. */
  readonly place: Place;
  /** What it signs. */
  readonly description: string;
  /** Refuses deletion by Pulumi: without the key no new signature can be verified by KMS. Default true. */
  readonly protect?: boolean;
}

/** A key pair whose private half never leaves KMS: ECDSA on P-256 with SHA-256. AWS does not rotate such keys. */
export class SigningKey extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: SigningKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "SigningKey"), name, {}, options);
    const inputs = {
      description: args.description,
      customerMasterKeySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
      deletionWindowInDays: 30,
      policy: signingKeyPolicy(args.place),
    };
    const key = new aws.kms.Key(name, inputs, { parent: this, protect: args.protect ?? true });
    const alias = `alias/${physicalName("key", args.place.environment, name)}`;
    new aws.kms.Alias(name, { name: alias, targetKeyId: key.keyId }, { parent: this });
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** The account decides who may use it, but only the environment's own roles may sign: no administrator signs evidence. */
export function signingKeyPolicy(place: Place): string {
  return policyDocument([
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${place.accountId}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "SignedByOurRolesOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "kms:Sign",
      Resource: "*",
      Condition: { ArnNotLike: { "aws:PrincipalArn": roleArn(place, "*") } },
    },
  ]);
}
