import { ApiError } from "../errors.ts";
import type { BucketName } from "./buckets.ts";
import { bucketRule } from "./buckets.ts";

/**
 * Refuses what the bucket does not take: 413 object_too_large, 415 object_type_not_allowed.
 * Source: domain.md, "Storage".
 */
export function withinLimits(bucket: BucketName, size: number, mimeType: string): void {
  const { largestBytes, mimeTypes } = bucketRule(bucket);
  if (size > largestBytes) {
    throw new ApiError("object_too_large", { details: { size_bytes: size, largest_bytes: largestBytes } });
  }
  if (!mimeTypes.includes(mimeType)) {
    throw new ApiError("object_type_not_allowed", {
      details: { mime_type: mimeType, allowed_types: mimeTypes },
    });
  }
}
