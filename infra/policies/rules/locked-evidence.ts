import { attachedTo } from "../pointing.ts";
import { notApplicable, type Rule, require, violation } from "../rule.ts";

const locks = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration";

/** Known by its name: a bucket of evidence that lost its lock must not leave the rule with it. */
const isEvidence = /(^|-)evidence(-|$)/;

interface Lock {
  readonly defaultRetention?: { readonly mode?: unknown; readonly days?: unknown };
}

export const lockedEvidence: Rule = {
  id: "locked-evidence",
  title: "A bucket of evidence locks every version it is given, for days.",
  judge: (bucket, { resources }) => {
    const { type, inputs } = bucket;
    if (type !== "aws:s3/bucket:Bucket" || !isEvidence.test(String(inputs.bucket))) return notApplicable;
    if (inputs.objectLockEnabled !== true)
      return violation("its objects cannot be locked", "objectLockEnabled");
    const [found] = attachedTo(bucket, resources, locks, "bucket");
    const { mode, days } = (found?.inputs.rule as Lock | undefined)?.defaultRetention ?? {};
    const locked = (mode === "GOVERNANCE" || mode === "COMPLIANCE") && Number(days) >= 1;
    return require(locked, "nothing locks what is written into it by default", "rule.defaultRetention");
  },
};
