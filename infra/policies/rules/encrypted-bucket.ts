import { attachedTo } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

interface EncryptionRule {
  readonly applyServerSideEncryptionByDefault?: {
    readonly sseAlgorithm?: unknown;
    readonly kmsMasterKeyId?: unknown;
  };
}

const configuration =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

export const encryptedBucket: Rule = {
  id: "encrypted-bucket",
  title: "A bucket encrypts its objects with a key of ours.",
  judge: (bucket, { resources }) => {
    if (bucket.type !== "aws:s3/bucket:Bucket") return notApplicable;
    const [found] = attachedTo(bucket, resources, configuration, "bucket");
    if (!found) return violation("no encryption configuration is attached to it", "bucket");
    const rules = (found.inputs.rules ?? []) as readonly EncryptionRule[];
    const ours = rules.some(
      ({ applyServerSideEncryptionByDefault: by }) => by?.sseAlgorithm === "aws:kms" && by.kmsMasterKeyId,
    );
    return require(ours, "its encryption names no key of ours", "rules");
  },
};
