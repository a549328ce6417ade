import type { BucketName } from "./buckets.ts";
import type { ObjectContent } from "./object-store.ts";

/** A row of storage_objects as part_lens.object_json tells it. */
export interface StoredObject {
  readonly object_id: string;
  readonly yacht_id: string;
  readonly part_id: string;
  readonly bucket: BucketName;
  readonly key: string;
  readonly size_bytes: number;
  readonly mime_type: string;
  /** Hex. */
  readonly sha256: string;
  readonly state: "registered" | "confirmed" | "rejected" | "deleted";
  readonly created_by: string;
  /** ISO 8601 with an offset, microseconds. */
  readonly created_at: string;
  readonly confirmed_at: string | null;
}

/** What its bytes must be. */
export function contentOf(object: StoredObject): ObjectContent {
  const { bucket, key, mime_type, sha256, size_bytes } = object;
  return { bucket, key, size: size_bytes, mimeType: mime_type, sha256 };
}
