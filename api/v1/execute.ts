import { type Command, wellFormed } from "../command.ts";
import type { ApiContext } from "../context.ts";
import {
  actionContext,
  actionOf,
  allowedMember,
  type Resources,
  requestScope,
  successOf,
} from "../execution.ts";
import { v1Actions } from "./actions/catalogue.ts";

/** Executes a command of v1: unsigned, the key optional. Throws ApiErrors and what the database throws. */
export function executeV1(resources: Resources) {
  return async (c: ApiContext, command: Command): Promise<object> => {
    c.set("action", command.action);
    const action = actionOf(v1Actions, command.action);
    const payload = wellFormed(action.payload, command.payload, "invalid_payload");
    const member = allowedMember(c, action);
    const scope = requestScope(c, member.role, action, command, payload);
    const result = await action.handler(actionContext(c, resources, member, scope), payload);
    return successOf(command.action, scope, result);
  };
}
