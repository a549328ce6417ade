import { notApplicable, type Rule, require, violation } from "../rule.ts";

export const encryptedCluster: Rule = {
  id: "encrypted-cluster",
  title: "A database cluster is encrypted with a key of ours.",
  judge: ({ type, inputs }) => {
    if (type !== "aws:rds/cluster:Cluster") return notApplicable;
    if (inputs.storageEncrypted !== true)
      return violation("its storage is not encrypted", "storageEncrypted");
    return require(Boolean(inputs.kmsKeyId), "no key of ours encrypts it", "kmsKeyId");
  },
};
