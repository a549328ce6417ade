/** What S3 and STS report, as answers of the API. Matched by the error's name and status, never by its message. */
import { ApiError } from "../errors.ts";

interface ServiceFailure {
  readonly name: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const failureOf = (error: unknown): ServiceFailure | undefined =>
  error instanceof Error ? (error as ServiceFailure) : undefined;

/** The credentials of a yacht's session do not reach the key. */
const isRefused = (error: unknown) => failureOf(error)?.name === "AccessDenied";

const retryAfterSeconds = 5;

/** Codes of a request that met another one on the same key. Source: Amazon S3, "Conditional writes". */
const taken = new Set(["PreconditionFailed", "ConditionalRequestConflict"]);

/** An error of S3, asked with a yacht's session, as the ApiError it stands for. */
export function storeFailure(error: unknown): unknown {
  if (isRefused(error)) return new ApiError("object_forbidden", { cause: error });
  if (taken.has(failureOf(error)?.name ?? "")) return new ApiError("object_exists", { cause: error });
  return sessionFailure(error);
}

/** An error of S3 or STS as an ApiError when the service is down; what is a mistake of ours stays as it is. */
export function sessionFailure(error: unknown): unknown {
  const asked = failureOf(error)?.$metadata;
  if (!asked) return error;
  const status = asked.httpStatusCode;
  // No status: nobody answered.
  const isDown = status === undefined || status >= 500 || status === 429;
  return isDown ? new ApiError("dependency_unavailable", { cause: error, retryAfterSeconds }) : error;
}

/**
 * Whether a read failed because there is no such object. A session whose right to list is bound to a prefix is told
 * AccessDenied by S3 for a key that is not there; a list of that very key tells the two apart, and refuses a foreign
 * one. Source: Amazon S3, GetObject, "Permissions".
 */
export async function isAbsent(error: unknown, isListed: () => Promise<boolean>): Promise<boolean> {
  if (failureOf(error)?.name === "NoSuchKey") return true;
  return isRefused(error) && !(await isListed());
}
