import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../context.ts";
import type { Router } from "../database/router.ts";
import { ApiError } from "../errors.ts";

/** Sets `member` from MASTER: the role, and where the yacht's tenant is. Strangers and unknown yachts get the same. */
export function member(route: Router) {
  return createMiddleware<ApiEnv>(async function member(c, next) {
    const found = await route(c.get("userId"), c.get("yachtId"));
    if (!found) throw new ApiError("not_a_member");
    c.set("member", found);
    await next();
  });
}
