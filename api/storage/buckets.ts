import { groups, type Role } from "../roles.ts";

export interface BucketRule {
  /** The object's key. The yacht's id comes first: the session that signs URLs reaches what begins with it. */
  key(yachtId: string, partId: string, file: string): string;
  readonly largestBytes: number;
  readonly mimeTypes: readonly string[];
  /** Who may register an upload and confirm it. Nobody, where only an action of the API writes. */
  readonly uploaders: readonly Role[];
  readonly deleters: readonly Role[];
}

const megabyte = 1024 * 1024;
const images = ["image/jpeg", "image/png", "image/webp", "image/heic"] as const;

/** Every bucket and what holds in it; any member of the yacht may read. Source: domain.md, "Storage". */
export const buckets = {
  "pms-part-photos": {
    key: (yachtId, partId, file) => `${yachtId}/parts/${partId}/${file}`,
    largestBytes: 5 * megabyte,
    mimeTypes: images,
    uploaders: groups.stockKeeper,
    deleters: groups.hod,
  },
  "pms-receiving-images": {
    key: (yachtId, partId, file) => `${yachtId}/receiving/${partId}/${file}`,
    largestBytes: 10 * megabyte,
    mimeTypes: [...images, "application/pdf"],
    uploaders: groups.stockKeeper,
    deleters: groups.hod,
  },
  // Written by the label actions, whose roles the catalogue of actions has.
  "pms-label-pdfs": {
    key: (yachtId, partId, file) => `${yachtId}/parts/${partId}/labels/${file}`,
    largestBytes: 2 * megabyte,
    mimeTypes: ["application/pdf"],
    uploaders: [],
    deleters: groups.hod,
  },
} as const satisfies Record<string, BucketRule>;

export type BucketName = keyof typeof buckets;

export const bucketNames = Object.keys(buckets) as [BucketName, ...BucketName[]];

/** The rule of a bucket, without the literal types of the table. */
export function bucketRule(bucket: BucketName): BucketRule {
  return buckets[bucket];
}
