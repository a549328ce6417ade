import { z } from "zod";

const domain = z
  .string()
  .regex(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/,
    "is a domain name such as api.example.com",
  );
const zoneId = z.string().regex(/^Z[A-Z0-9]{5,31}$/, "is the id of a Route 53 hosted zone");

/**
 * Where the API is reached: at AWS's own address of the HTTP API, at a domain of ours, or through CloudFront with a
 * firewall in front, at a domain of ours.
 */
export const edge = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("domain"), domain, zoneId }),
  z.strictObject({
    kind: z.literal("cloudfront"),
    domain,
    zoneId,
    /** Of one address; more are blocked. WAF counts no fewer than 10. */
    requestsPerFiveMinutes: z.int().min(10).max(2_000_000_000),
  }),
]);

export type EdgeConfig = Readonly<z.infer<typeof edge>>;
