import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, physicalName } from "../naming.ts";
import { policyDocument } from "../policy.ts";

export interface SessionRoleArgs {
  /** The environment, for the physical name. */
  readonly environment: string;
  /** The roles that may take this one: the API's, and those of the jobs that look after the objects. */
  readonly trustedRoleArns: pulumi.Input<pulumi.Input<string>[]>;
  /** The buckets it reaches into. */
  readonly bucketArns: pulumi.Input<pulumi.Input<string>[]>;
  /** The key the buckets are encrypted with. */
  readonly encryptionKeyArn: pulumi.Input<string>;
}

/**
 * The credentials that sign storage URLs. Whoever may takes this role with the session tag `yacht_id`, and the session
 * reaches objects below that yacht's id only: the second storage guard, which holds when the first has failed.
 */
export class SessionRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: SessionRoleArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "SessionRole"), name, {}, options);
    const role = new aws.iam.Role(
      name,
      {
        name: physicalName("role", args.environment, name),
        description: "Signs storage URLs for one yacht",
        assumeRolePolicy: pulumi.output(args.trustedRoleArns).apply(sessionTrust),
        maxSessionDuration: 3600,
      },
      { parent: this },
    );
    const policy = pulumi
      .all([args.bucketArns, args.encryptionKeyArn])
      .apply(([bucketArns, keyArn]) => sessionPolicy(bucketArns, keyArn));
    new aws.iam.RolePolicy(name, { name, role: role.name, policy }, { parent: this });
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

/** Only these roles may take a session, and only with a yacht's id, a UUID, as its tag. */
export function sessionTrust(trustedRoleArns: readonly string[]): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { AWS: trustedRoleArns },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: { StringLike: { "aws:RequestTag/yacht_id": "????????-????-????-????-????????????" } },
    },
  ]);
}

/** What a session reaches: the objects below its own yacht's id. */
export function sessionPolicy(bucketArns: readonly string[], encryptionKeyArn: string): string {
  const own = "${aws:PrincipalTag/yacht_id}/*";
  return policyDocument([
    {
      Sid: "OwnYachtsObjects",
      Effect: "Allow",
      Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
      Resource: bucketArns.map((arn) => `${arn}/${own}`),
    },
    {
      Sid: "OwnYachtsList",
      Effect: "Allow",
      Action: "s3:ListBucket",
      Resource: bucketArns,
      Condition: { StringLike: { "s3:prefix": own } },
    },
    {
      Sid: "Encryption",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: encryptionKeyArn,
    },
  ]);
}
