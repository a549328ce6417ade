import { pinnedAlias } from "../flags/pin.ts";
import type { ApiContext } from "./context.ts";

/** In `arn:aws:lambda:<region>:<account>:function:<name>:<qualifier>`. */
const qualifierField = 7;

/**
 * Whether the request came in through the alias that answers v1 only. Read from each invocation and not from the
 * environment: both aliases have the same version, and one process may serve both.
 */
export function isPinned(c: ApiContext): boolean {
  const arn = c.env?.lambdaContext?.invokedFunctionArn;
  return arn?.split(":")[qualifierField] === pinnedAlias;
}
