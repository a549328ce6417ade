import { type ApiContext, count } from "../context.ts";
import { ApiError } from "../errors.ts";
import { apiErrorOf } from "../failure.ts";
import { leavesScope } from "./response-guard.ts";

/** Any error as { code, message, request_id, …details }. Details pass the response guard like any other answer. */
export function renderError(thrown: unknown, c: ApiContext): Response {
  const error = withinScope(apiErrorOf(thrown), c);
  // What the metrics' line tells of: c.error is what was thrown.
  c.error = error;
  if (error.retryAfterSeconds !== undefined) c.header("retry-after", String(error.retryAfterSeconds));
  if (error.code === "unauthenticated") c.header("www-authenticate", "Bearer");
  const body = { ...error.details, code: error.code, message: error.message, request_id: c.get("requestId") };
  return c.json(body, error.status);
}

function withinScope(error: ApiError, c: ApiContext): ApiError {
  if (!leavesScope(error.details, c.get("yachtId"))) return error;
  count(c, "rlsLeak");
  return new ApiError("scope_violation");
}
