import { randomUUID } from "node:crypto";
import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../context.ts";

const header = "x-request-id";
const acceptable = /^[A-Za-z0-9-]{8,64}$/;

/** Keeps the caller's request id when it is acceptable, makes one otherwise, and answers with it. */
export const requestId = createMiddleware<ApiEnv>(async function requestId(c, next) {
  const given = c.req.header(header);
  const id = given && acceptable.test(given) ? given : randomUUID();
  c.set("requestId", id);
  c.header(header, id);
  await next();
});
