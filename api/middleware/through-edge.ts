import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";

/** CloudFront adds it to what it passes on, over whatever a caller sends under that name. */
const header = "x-part-lens-edge";

/** Refuses whoever goes round the firewall: without the key whose SHA-256 is given, in hex. Undefined: asks for none. */
export function throughEdge(originKeyHash: string | undefined) {
  const expected = originKeyHash && Buffer.from(originKeyHash, "hex");
  return async (c: ApiContext, next: () => Promise<void>) => {
    if (expected) {
      const shown = createHash("sha256")
        .update(c.req.header(header) ?? "")
        .digest();
      if (!timingSafeEqual(shown, expected)) throw new ApiError("not_through_edge");
    }
    await next();
  };
}
