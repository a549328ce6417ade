import { attachedTo } from "../pointing.ts";
import { notApplicable, type Rule, require } from "../rule.ts";
import { listOf, refusesWithoutTls, statementsOf } from "../statements.ts";

export const tlsOnlyBucket: Rule = {
  id: "tls-only-bucket",
  title: "A bucket refuses every request without TLS.",
  judge: (bucket, { resources }) => {
    if (bucket.type !== "aws:s3/bucket:Bucket") return notApplicable;
    const policies = attachedTo(bucket, resources, "aws:s3/bucketPolicy:BucketPolicy", "bucket");
    const refused = policies
      .flatMap(statementsOf)
      .some(({ statement }) => refusesWithoutTls(statement) && listOf(statement.Action).includes("s3:*"));
    return require(refused, "no policy refuses requests without TLS", "policy");
  },
};
