import { createMiddleware } from "hono/factory";
import type { ApiContext, ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";
import { uuid } from "../fields.ts";

/** Where a route finds the yacht a request is about. */
export const yachtIn = {
  query: (c: ApiContext): unknown => c.req.query("yacht_id"),
  body: (c: ApiContext): unknown => c.get("body").yacht_id,
  context: (c: ApiContext): unknown =>
    (c.get("body").context as { yacht_id?: unknown } | null | undefined)?.yacht_id,
} as const;

/** Sets `yachtId`: from here on, nothing of another yacht may leave. */
export function yacht(place: keyof typeof yachtIn) {
  return createMiddleware<ApiEnv>(async function yacht(c, next) {
    const found = uuid.safeParse(yachtIn[place](c));
    if (!found.success) {
      throw new ApiError("invalid_request", {
        details: { issues: [{ field: "yacht_id", problem: "must be a UUID" }] },
      });
    }
    c.set("yachtId", found.data);
    await next();
  });
}
