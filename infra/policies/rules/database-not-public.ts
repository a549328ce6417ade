import { notApplicable, type Rule, require } from "../rule.ts";

export const databaseNotPublic: Rule = {
  id: "database-not-public",
  title: "A database instance has no public address.",
  judge: ({ type, inputs }) =>
    type === "aws:rds/clusterInstance:ClusterInstance" || type === "aws:rds/instance:Instance"
      ? require(inputs.publiclyAccessible === false, "publiclyAccessible is not false", "publiclyAccessible")
      : notApplicable,
};
