/** The buckets, as the API knows them and as they are made. Source: domain.md, "Storage". */

export interface BucketRule {
  /** What it holds, for its tag. */
  readonly purpose: string;
  /** The methods a browser may use with a signed URL. */
  readonly methods: readonly ("GET" | "PUT" | "HEAD")[];
  /** Days that an overwritten or deleted object can still be brought back. */
  readonly recoveryDays: number;
}

export const buckets = {
  "pms-part-photos": { purpose: "Photos of parts", methods: ["GET", "HEAD", "PUT"], recoveryDays: 90 },
  "pms-receiving-images": {
    purpose: "Images and papers of deliveries",
    methods: ["GET", "HEAD", "PUT"],
    recoveryDays: 365,
  },
  // Written by the API itself, from the part: a lost one is made again.
  "pms-label-pdfs": { purpose: "Labels to print", methods: ["GET", "HEAD"], recoveryDays: 30 },
} as const satisfies Record<string, BucketRule>;

export type BucketKey = keyof typeof buckets;

export const bucketKeys = Object.keys(buckets) as readonly BucketKey[];
