import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place } from "../naming.ts";
import { Bucket } from "./bucket.ts";
import { type BucketKey, bucketKeys, buckets } from "./buckets.ts";
import { EncryptionKey } from "./encryption-key.ts";

export interface StorageArgs {
  /** Where it is, for the buckets' names. */
  readonly place: Place;
  /** The sites whose pages may use signed URLs. */
  readonly webOrigins: readonly string[];
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** All buckets of the bucket table, encrypted with one key. */
export class Storage extends pulumi.ComponentResource {
  readonly bucketArns: pulumi.Output<string>[];
  readonly bucketNames: pulumi.Output<string>[];
  /** The physical name of each. */
  readonly names: Readonly<Record<BucketKey, pulumi.Output<string>>>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: StorageArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "Storage"), name, {}, options);
    const { place, webOrigins } = args;
    const { environment } = place;
    const protect = args.protect ?? true;
    const own = { parent: this };
    const description = "Part Lens, objects in the buckets";
    this.keyArn = new EncryptionKey(name, { environment, description, protect }, own).arn;
    const common = { place, webOrigins, protect, encryptionKeyArn: this.keyArn };
    const made = bucketKeys.map(
      (bucket) => new Bucket(bucket, { ...common, bucket, rule: buckets[bucket] }, own),
    );
    this.bucketArns = made.map((bucket) => bucket.arn);
    this.bucketNames = made.map((bucket) => bucket.bucketName);
    const named = bucketKeys.map((key, index) => [key, made[index]?.bucketName]);
    this.names = Object.fromEntries(named) as Storage["names"];
    this.registerOutputs({ bucketNames: this.bucketNames });
  }
}
