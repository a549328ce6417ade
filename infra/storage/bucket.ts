import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place, physicalName } from "../naming.ts";
import { policyDocument } from "../policy.ts";
import type { BucketRule } from "./buckets.ts";

/** How long nobody may delete or replace a version of an object: an administrator may in governance, nobody in compliance. */
export interface Retention {
  readonly mode: "GOVERNANCE" | "COMPLIANCE";
  readonly days: number;
}

export interface BucketArgs {
  /** Where it is: environment and account make the bucket's name unique among all of S3's. */
  readonly place: Place;
  /** Its part of the physical name. */
  readonly bucket: string;
  /** What it holds and how. */
  readonly rule: BucketRule;
  /** Locks every object that is written. Default: no lock. */
  readonly retention?: Retention;
  /** The key its objects are encrypted with. */
  readonly encryptionKeyArn: pulumi.Input<string>;
  /** The sites whose pages may use signed URLs; none when empty. */
  readonly webOrigins: readonly string[];
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** A private bucket: encrypted, versioned, TLS only, nothing public. */
export class Bucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: BucketArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "Bucket"), name, {}, options);
    const { retention, rule } = args;
    const bucketName = physicalName("bucket", args.place.environment, args.bucket, args.place.accountId);
    const inputs = {
      bucket: bucketName,
      forceDestroy: false,
      tags: { Purpose: rule.purpose },
      // A bucket without a lock does not name it: naming it would replace the bucket.
      ...(retention && { objectLockEnabled: true }),
    };
    const bucket = new aws.s3.Bucket(name, inputs, { parent: this, protect: args.protect ?? true });
    const own = { parent: this, deletedWith: bucket };
    const blocked = new aws.s3.BucketPublicAccessBlock(
      name,
      { bucket: bucket.bucket, ...nothingPublic },
      own,
    );
    new aws.s3.BucketOwnershipControls(name, { bucket: bucket.bucket, rule: ownerOnly }, own);
    const versioning = new aws.s3.BucketVersioning(
      name,
      { bucket: bucket.bucket, versioningConfiguration: kept },
      own,
    );
    const versioned = { ...own, dependsOn: [versioning] };
    if (retention) {
      const lock = { bucket: bucket.bucket, rule: { defaultRetention: retention } };
      new aws.s3.BucketObjectLockConfiguration(name, lock, versioned);
    }
    const encryption = { bucket: bucket.bucket, rules: [encryptionRule(args.encryptionKeyArn)] };
    new aws.s3.BucketServerSideEncryptionConfiguration(name, encryption, own);
    const lifecycle = { bucket: bucket.bucket, rules: lifecycleRules(rule) };
    new aws.s3.BucketLifecycleConfiguration(name, lifecycle, versioned);
    const policy = bucket.arn.apply(tlsOnlyPolicy);
    new aws.s3.BucketPolicy(name, { bucket: bucket.bucket, policy }, { ...own, dependsOn: [blocked] });
    const cors = { bucket: bucket.bucket, corsRules: [corsRule(rule, args.webOrigins)] };
    if (args.webOrigins.length > 0) new aws.s3.BucketCorsConfiguration(name, cors, own);

    this.bucketName = bucket.bucket;
    this.arn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}

const nothingPublic = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
} as const;

const ownerOnly = { objectOwnership: "BucketOwnerEnforced" } as const;

const kept = { status: "Enabled" } as const;

function encryptionRule(keyArn: pulumi.Input<string>) {
  return {
    applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
    bucketKeyEnabled: true,
  };
}

/** Old versions go after the recovery time; an upload that was begun and left goes after a week. */
export function lifecycleRules(rule: BucketRule) {
  return [
    {
      id: "recovery",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays: rule.recoveryDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
    {
      id: "abandoned-uploads",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    },
  ];
}

/** Refuses every request without TLS, whoever asks. */
export function tlsOnlyPolicy(bucketArn: string): string {
  return policyDocument([
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      // A refusal names everything: what it leaves out would be allowed.
      Action: "s3:*",
      Resource: [bucketArn, `${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}

function corsRule(rule: BucketRule, origins: readonly string[]) {
  return {
    allowedMethods: [...rule.methods],
    allowedOrigins: [...origins],
    allowedHeaders: ["content-type", "content-length", "if-none-match", "x-amz-checksum-sha256"],
    maxAgeSeconds: 3600,
  };
}
