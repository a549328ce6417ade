import type { ApiContext } from "../context.ts";
import { count } from "../context.ts";
import { ApiError } from "../errors.ts";

/**
 * The last look before an answer leaves: a yacht_id unlike the request's withholds it and counts one leak.
 * Source: domain.md, "rls_leak". Whatever becomes a body for a yacht passes here: see `answering` and `renderError`.
 */
export function guarded<T extends object>(c: ApiContext, body: T): T {
  if (leavesScope(body, c.get("yachtId"))) {
    count(c, "rlsLeak");
    throw new ApiError("scope_violation");
  }
  return body;
}

/** Turns what a version returns into the answer. */
export function answering(execute: (c: ApiContext) => Promise<object>) {
  return async (c: ApiContext) => c.json(guarded(c, await execute(c)));
}

/** Whether any yacht_id in the value, however deep, is unlike the yacht's. */
export function leavesScope(value: unknown, yachtId: string | undefined): boolean {
  if (value === null || typeof value !== "object") return false;
  if (Array.isArray(value)) return value.some((item) => leavesScope(item, yachtId));
  for (const [key, inner] of Object.entries(value)) {
    if (key === "yacht_id" ? inner !== yachtId : leavesScope(inner, yachtId)) return true;
  }
  return false;
}
