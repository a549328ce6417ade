import type { Hono } from "hono";
import type { Command } from "../command.ts";
import type { ApiContext, ApiEnv } from "../context.ts";
import type { Dependencies } from "../dependencies.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { jsonBody } from "../middleware/json-body.ts";
import { decide, reach } from "../middleware/lens.ts";
import { member } from "../middleware/member.ts";
import { answering } from "../middleware/response-guard.ts";
import { yacht } from "../middleware/yacht.ts";
import { executePlain } from "../plain-execution.ts";
import { storageActions } from "./actions/catalogue.ts";
import { confirmCommand, deleteCommand, listCommand, registerCommand, viewCommand } from "./commands.ts";

/**
 * Adds the routes of the objects. They are v2's: only yachts whose lens is on are served, others get 409
 * version_not_enabled, as v1 has no action that makes an object. After a rollback nothing is lost: rows and objects
 * stay, and are served again when the lens is on. Source: domain.md, "Storage" and "v2 serves only".
 */
export function addStorageRoutes(app: Hono<ApiEnv>, deps: Dependencies): void {
  const execute = executePlain(storageActions, deps);
  const signedIn = authenticate(deps.verifyToken);
  const served = [decide(deps.lens), member(deps.route), reach("v2")] as const;
  const withBody = [signedIn, jsonBody, yacht("body"), ...served] as const;
  const withQuery = [signedIn, yacht("query"), ...served] as const;
  const answer = (read: (c: ApiContext) => Command) => answering((c) => execute(c, read(c)));

  const objects = "/v2/storage/objects";
  app.post(objects, ...withBody, answer(registerCommand));
  app.get(objects, ...withQuery, answer(listCommand));
  app.post(`${objects}/:object_id/confirm`, ...withBody, answer(confirmCommand));
  app.get(`${objects}/:object_id`, ...withQuery, answer(viewCommand));
  app.delete(`${objects}/:object_id`, ...withQuery, answer(deleteCommand));
}
