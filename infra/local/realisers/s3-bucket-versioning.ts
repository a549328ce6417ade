import type { Realiser } from "../realiser.ts";
import type { ObjectStore } from "../services/object-store.ts";

/** From then on a bucket keeps what is overwritten or deleted. Suspending it is not simulated. */
export function s3BucketVersioning(objects: ObjectStore): Realiser {
  return {
    types: ["aws:s3/bucketVersioning:BucketVersioning"],
    replaceOn: ["bucket"],
    create: async ({ inputs }) => {
      const bucket = String(inputs.bucket);
      objects.keepVersions(bucket);
      return { ...inputs, id: bucket };
    },
  };
}
