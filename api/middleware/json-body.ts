import { createMiddleware } from "hono/factory";
import type { ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";

const largestBody = 64 * 1024;
const jsonType = /^application\/json\s*(;|$)/i;

/** Sets `body` to the JSON object that was sent. Lambda has the whole body in memory, and 6 MB at most. */
export const jsonBody = createMiddleware<ApiEnv>(async function jsonBody(c, next) {
  if (!jsonType.test(c.req.header("content-type") ?? "")) throw new ApiError("unsupported_media_type");
  if (Number(c.req.header("content-length") ?? 0) > largestBody) throw new ApiError("body_too_large");
  const text = await c.req.text();
  if (Buffer.byteLength(text) > largestBody) throw new ApiError("body_too_large");
  c.set("body", parsedObject(text));
  await next();
});

function parsedObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError("malformed_body");
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new ApiError("malformed_body");
  return value as Record<string, unknown>;
}
