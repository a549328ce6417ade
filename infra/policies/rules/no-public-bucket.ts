import { attachedTo } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

const switches = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
] as const;

export const noPublicBucket: Rule = {
  id: "no-public-bucket",
  title: "A bucket blocks public access in all four ways.",
  judge: (bucket, { resources }) => {
    if (bucket.type !== "aws:s3/bucket:Bucket") return notApplicable;
    if (String(bucket.inputs.acl ?? "private").startsWith("public"))
      return violation(`its ACL is ${bucket.inputs.acl}`, "acl");
    const [block] = attachedTo(
      bucket,
      resources,
      "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
      "bucket",
    );
    if (!block) return violation("no BucketPublicAccessBlock is attached to it", "bucket");
    const open = switches.filter((name) => block.inputs[name] !== true);
    return require(open.length === 0, `${open.join(", ")} not set on its block`, open[0] ?? "");
  },
};
