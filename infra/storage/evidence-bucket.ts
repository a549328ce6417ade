import * as pulumi from "@pulumi/pulumi";
import { componentType, type Place } from "../naming.ts";
import { Bucket } from "./bucket.ts";
import { EncryptionKey } from "./encryption-key.ts";
import { SigningKey } from "./signing-key.ts";

export interface EvidenceBucketArgs {
  /** Where it is, for names. */
  readonly place: Place;
  /** How long what is written stays as it was written. */
  readonly retention: { readonly lock: "governance" | "compliance"; readonly days: number };
  /** Refuses deletion by Pulumi. Default true. */
  readonly protect?: boolean;
}

/** Where evidence is, as the service layer puts it out. */
export interface EvidenceCoordinates {
  readonly bucket: pulumi.Output<string>;
  readonly signingKeyArn: pulumi.Output<string>;
}

/** S3 has two words for the lock; so has the configuration. */
const modes = { governance: "GOVERNANCE", compliance: "COMPLIANCE" } as const;

/**
 * The fourth bucket: the rollout's log, incidents, reports and bundles of evidence, as they were written. Every version
 * is locked by default, and the key beside it signs what is put in.
 */
export class EvidenceBucket extends pulumi.ComponentResource {
  readonly coordinates: EvidenceCoordinates;
  readonly bucketArn: pulumi.Output<string>;
  readonly encryptionKeyArn: pulumi.Output<string>;

  constructor(name: string, args: EvidenceBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super(componentType("storage", "EvidenceBucket"), name, {}, options);
    const { place } = args;
    const { days, lock } = args.retention;
    const protect = args.protect ?? true;
    const own = { parent: this };
    const encryption = { environment: place.environment, description: "Part Lens, evidence", protect };
    this.encryptionKeyArn = new EncryptionKey(name, encryption, own).arn;
    const signing = { place, description: "Part Lens, signs evidence", protect };
    const signingKey = new SigningKey(`${name}-signing`, signing, own);
    const bucket = new Bucket(
      name,
      {
        place,
        bucket: name,
        rule: { purpose: "Evidence of rollouts", methods: [], recoveryDays: days },
        retention: { mode: modes[lock], days },
        encryptionKeyArn: this.encryptionKeyArn,
        webOrigins: [],
        protect,
      },
      own,
    );
    this.bucketArn = bucket.arn;
    this.coordinates = { bucket: bucket.bucketName, signingKeyArn: signingKey.arn };
    this.registerOutputs(this.coordinates);
  }
}
