import type { Realiser } from "../realiser.ts";
import type { ObjectStore } from "../services/object-store.ts";

/** Buckets of the local object store. Their sub-resources have no behaviour here and are listed as not simulated. */
export function s3Bucket(objects: ObjectStore, region: string): Realiser {
  return {
    types: ["aws:s3/bucket:Bucket"],
    replaceOn: ["bucket"],
    create: async ({ name, inputs }) => {
      const bucket = String(inputs.bucket ?? name);
      await objects.createBucket(bucket);
      return {
        ...inputs,
        bucket,
        id: bucket,
        arn: `arn:aws:s3:::${bucket}`,
        region,
        bucketDomainName: `${bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
      };
    },
    update: async ({ inputs }, { outputs }) => ({ ...outputs, ...inputs }),
    delete: async ({ outputs }) => objects.deleteBucket(String(outputs.bucket)),
  };
}
