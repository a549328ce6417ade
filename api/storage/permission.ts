import { ApiError } from "../errors.ts";

/** Refuses a role that the bucket does not have in its list. */
export function onlyFor(allowed: readonly string[], role: string): void {
  if (!allowed.includes(role)) throw new ApiError("role_not_allowed");
}
