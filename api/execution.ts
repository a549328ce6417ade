/** The steps that v1 and v2 share in executing a command. */
import { randomUUID } from "node:crypto";
import type { Action, ActionContext, Catalogue } from "./action.ts";
import type { Command } from "./command.ts";
import { type ApiContext, count } from "./context.ts";
import { payloadHash } from "./database/canonical-json.ts";
import type { Route } from "./database/master.ts";
import { type Scope, scopeOf } from "./database/scope.ts";
import { privilegeRefused, sqlFailure } from "./database/sqlstate.ts";
import type { Dependencies } from "./dependencies.ts";
import { ApiError } from "./errors.ts";

/** The action of that name, in this version. Throws action_not_available. */
export function actionOf(catalogue: Catalogue, name: string): Action {
  const action = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (!action) throw new ApiError("action_not_available");
  return action;
}

/** The member whose request this is. Throws role_not_allowed when the action is not for that role. */
export function allowedMember(c: ApiContext, action: Action): Route {
  const member = c.get("member");
  const allowed: readonly string[] = action.roles;
  if (!member || !allowed.includes(member.role)) throw new ApiError("role_not_allowed");
  return member;
}

/** The request's scope with a new execution id. Reads carry neither key nor hash: nothing of them is stored. */
export function requestScope(
  c: ApiContext,
  role: string,
  action: Action,
  command: Command,
  payload: object,
): Scope {
  const { idempotencyKey } = command;
  return scopeOf({
    userId: c.get("userId"),
    yachtId: c.get("yachtId"),
    role,
    version: c.get("version") ?? "v1",
    requestId: c.get("requestId"),
    executionId: randomUUID(),
    ...(action.kind !== "read" && {
      payloadSha256: payloadHash(payload),
      ...(idempotencyKey && { idempotencyKey }),
    }),
  });
}

/** What handlers work with. */
export type Resources = Pick<Dependencies, "pools" | "store" | "queueOutput">;

/** The context for a handler. A refusal by the database on a request that had passed our checks is counted. */
export function actionContext(
  c: ApiContext,
  { pools, store, queueOutput }: Resources,
  member: Route,
  scope: Scope,
): ActionContext {
  return {
    scope,
    store,
    queueOutput,
    async call(name, payload) {
      c.get("signal").throwIfAborted();
      try {
        return (await pools.call(member, name, scope, payload)) as object;
      } catch (cause) {
        if (sqlFailure(cause)?.code !== privilegeRefused) throw cause;
        count(c, "rlsRefused");
        throw new ApiError("access_refused", { cause });
      }
    },
  };
}

/** A success as it is sent. */
export function successOf(action: string, scope: Scope, result: object): object {
  return { status: "success", action, execution_id: scope.execution_id, ...result };
}
