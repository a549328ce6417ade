import type { Catalogue } from "./action.ts";
import { type Command, wellFormed } from "./command.ts";
import type { ApiContext } from "./context.ts";
import {
  actionContext,
  actionOf,
  allowedMember,
  type Resources,
  requestScope,
  successOf,
} from "./execution.ts";

/**
 * Executes commands that nobody signs, v1's and those about objects, in the order of checks of every action: well
 * formed, role, and the rest in the database. Throws ApiErrors and what the database throws.
 */
export function executePlain(catalogue: Catalogue, resources: Resources) {
  return async (c: ApiContext, command: Command): Promise<object> => {
    c.set("action", command.action);
    const action = actionOf(catalogue, command.action);
    const payload = wellFormed(action.payload, command.payload, "invalid_payload");
    const member = allowedMember(c, action);
    const scope = requestScope(c, member.role, action, command, payload);
    const result = await action.handler(actionContext(c, resources, member, scope), payload);
    return successOf(command.action, scope, result);
  };
}
