import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";
import type { VerifyToken } from "../token-verifier.ts";

const bearer = /^Bearer +([A-Za-z0-9._-]+)$/i;

/** Sets `userId` from the bearer token, or throws unauthenticated. */
export function authenticate(userOf: VerifyToken) {
  return createMiddleware<ApiEnv>(async function authenticate(c, next) {
    const token = bearer.exec(c.req.header("authorization") ?? "")?.[1];
    if (!token) throw new ApiError("unauthenticated");
    c.set("userId", await userOf(token));
    await next();
  });
}
