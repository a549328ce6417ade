/** What the database and its driver report, as answers of the API. Matched by SQLSTATE and class, never by message. */
import { DatabaseUnavailableError } from "./database/pools.ts";
import { isDatabaseDown, sqlErrorName, sqlFailure } from "./database/sqlstate.ts";
import { ApiError, type ErrorCode, errors } from "./errors.ts";

/** SQLSTATEs of PostgreSQL itself that are answers. */
const answers: Readonly<Record<string, ErrorCode>> = {
  // A value that a column cannot hold and that our schemas let through: the caller's to mend.
  "22P02": "invalid_payload",
  "22P05": "invalid_payload",
  "22001": "invalid_payload",
  "22003": "invalid_payload",
  "22021": "invalid_payload",
  // statement_timeout and lock_timeout: the deadline, seen from the database.
  "57014": "deadline_exceeded",
  "55P03": "deadline_exceeded",
  // Another try gets through: a deadlock, a serialisation failure, a database that is being made or moved.
  "40P01": "dependency_unavailable",
  "40001": "dependency_unavailable",
  "3D000": "dependency_unavailable",
  "55000": "dependency_unavailable",
};

const retryAfterSeconds = 5;

/** Any error as an answer: itself, what it stands for, or internal_error. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = answerOf(error);
  return new ApiError(code, {
    cause: error,
    details: detailsOf(code, error),
    ...(code === "dependency_unavailable" && { retryAfterSeconds }),
  });
}

function answerOf(error: unknown): ErrorCode {
  if (error instanceof DatabaseUnavailableError || isDatabaseDown(error)) return "dependency_unavailable";
  const business = sqlErrorName(error);
  // Our own SQLSTATEs that the catalogue does not have are mistakes of ours, never of a caller.
  if (business && business in errors) return business as ErrorCode;
  return answers[sqlFailure(error)?.code ?? ""] ?? "internal_error";
}

// DETAIL is JSON where our functions have something to tell: the first result, or what is on hand.
function detailsOf(code: ErrorCode, error: unknown): Record<string, unknown> {
  const detail = sqlFailure(error)?.detail;
  if (!detail) return {};
  if (code === "duplicate_idempotency_key") return { result: JSON.parse(detail) };
  if (code === "object_exists") return { existing: JSON.parse(detail) };
  return code === "insufficient_stock" ? JSON.parse(detail) : {};
}
