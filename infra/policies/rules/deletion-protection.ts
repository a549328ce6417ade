import type { PlannedResource } from "../../preview/graph.ts";
import { pointsAt } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

const holdsData = [
  "aws:rds/cluster:Cluster",
  "aws:s3/bucket:Bucket",
  "postgresql:index/database:Database",
  "postgresql:index/schema:Schema",
];

/** Without its key, what a cluster or a bucket holds is lost. */
function encryptsData(key: PlannedResource, resources: readonly PlannedResource[]): boolean {
  return resources.some(({ type, inputs }) => {
    if (type === "aws:rds/cluster:Cluster") return pointsAt(inputs.kmsKeyId, key);
    if (!type.endsWith(":BucketServerSideEncryptionConfiguration")) return false;
    const [rule] = inputs.rules as { applyServerSideEncryptionByDefault?: { kmsMasterKeyId?: unknown } }[];
    return pointsAt(rule?.applyServerSideEncryptionByDefault?.kmsMasterKeyId, key);
  });
}

export const deletionProtection: Rule = {
  id: "deletion-protection",
  title:
    "Where the configuration protects data, what holds it cannot be deleted by Pulumi, nor a cluster by AWS.",
  judge: (resource, { protectData, resources }) => {
    const { type, inputs, protect } = resource;
    const isKey = type === "aws:kms/key:Key" && encryptsData(resource, resources);
    if (!protectData || !(holdsData.includes(type) || isKey)) return notApplicable;
    if (!protect) return violation("it has no `protect`", "protect");
    if (type !== "aws:rds/cluster:Cluster")
      return require(inputs.forceDestroy !== true, "forceDestroy is set", "forceDestroy");
    if (inputs.skipFinalSnapshot !== false)
      return violation("it is deleted without a snapshot", "skipFinalSnapshot");
    return require(inputs.deletionProtection === true, "AWS lets it be deleted", "deletionProtection");
  },
};
