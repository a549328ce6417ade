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
import { storageActions } from "./actions/catalogue.ts";

/** Executes a command about objects, in the order of checks of every action. Throws ApiErrors and the database's. */
export function executeStorage(resources: Resources) {
  return async (c: ApiContext, command: Command): Promise<object> => {
    c.set("action", command.action);
    const action = actionOf(storageActions, command.action);
    const payload = wellFormed(action.payload, command.payload, "invalid_payload");
    const member = allowedMember(c, action);
    const scope = requestScope(c, member.role, action, command, payload);
    const result = await action.handler(actionContext(c, resources, member, scope), payload);
    return successOf(command.action, scope, result);
  };
}
