import { z } from "zod";
import type { Properties, Realiser } from "../realiser.ts";
import type { ObjectStore } from "../services/object-store.ts";

const lock = z.object({
  bucket: z.string(),
  rule: z.object({
    defaultRetention: z.object({ mode: z.enum(["GOVERNANCE", "COMPLIANCE"]), days: z.int().min(1) }),
  }),
});

/** The default retention of what is written from then on; objects that are there keep theirs, as on S3. */
export function s3ObjectLock(objects: ObjectStore): Realiser {
  const put = async (inputs: Properties): Promise<Properties> => {
    const { bucket, rule } = lock.parse(inputs);
    objects.retain(bucket, rule.defaultRetention);
    return { ...inputs, id: bucket };
  };
  return {
    types: ["aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"],
    replaceOn: ["bucket"],
    create: ({ inputs }) => put(inputs),
    update: ({ inputs }) => put(inputs),
    delete: async ({ outputs }) => objects.retain(String(outputs.bucket), undefined),
  };
}
