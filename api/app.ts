import { Hono } from "hono";
import { type Command, executeCommand, lowStockCommand, partCommand } from "./command.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import type { Dependencies } from "./dependencies.ts";
import { ApiError } from "./errors.ts";
import { alive, v1Health } from "./health.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { deadline } from "./middleware/deadline.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { decide, reach } from "./middleware/lens.ts";
import { member } from "./middleware/member.ts";
import { metrics } from "./middleware/metrics.ts";
import { renderError } from "./middleware/render-error.ts";
import { requestId } from "./middleware/request-id.ts";
import { answering } from "./middleware/response-guard.ts";
import { throughEdge } from "./middleware/through-edge.ts";
import { yacht, type yachtIn } from "./middleware/yacht.ts";
import { addDocumentRoutes } from "./openapi/routes.ts";
import { executePlain } from "./plain-execution.ts";
import { signerRoutes } from "./signatures/routes.ts";
import { addStorageRoutes } from "./storage/routes.ts";
import { v1Actions } from "./v1/actions/catalogue.ts";
import {
  adjustCommand,
  consumeCommand,
  receiveCommand,
  transferCommand,
  writeOffCommand,
} from "./v1/commands.ts";
import { executeV2 } from "./v2/execute.ts";

type Read = (c: ApiContext) => Command;

/** The API: every request meets the middleware in the order written here, then one of the two generations. */
export function createApp(deps: Dependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const [v1, v2] = [executePlain(v1Actions, deps), executeV2(deps)];

  app.onError(renderError);
  app.notFound((c) => renderError(new ApiError("route_not_found"), c));
  app.use(requestId, stamped(deps.codeVersion), metrics(deps), deadline(deps.deadlineMilliseconds));
  app.use(throughEdge(deps.originKeyHash));

  const signedIn = authenticate(deps.verifyToken);
  const chosen = [decide(deps.lens), member(deps.route)] as const;
  const get = (path: string, version: "v1" | "v2" | "lens", read: Read) =>
    app.get(path, signedIn, yacht("query"), ...chosen, reach(version), answer(read));
  const post = (path: string, version: "v1" | "v2" | "lens", place: keyof typeof yachtIn, read: Read) =>
    app.post(path, signedIn, jsonBody, yacht(place), ...chosen, reach(version), answer(read));
  const answer = (read: Read) =>
    answering((c) => (c.get("version") === "v2" ? v2(c, read(c)) : v1(c, read(c))));

  app.get("/health", alive);
  app.get("/v1/health", v1Health(deps));
  addDocumentRoutes(app);

  const own = signerRoutes(deps.signers);
  app.get("/v2/signers/me", signedIn, answering(own.me));
  app.post("/v2/signers/enrol", signedIn, jsonBody, answering(own.enrol));
  app.post("/v2/signers/confirm", signedIn, jsonBody, answering(own.confirm));

  get("/v1/parts/low-stock", "v1", lowStockCommand);
  get("/v1/parts/:part_id", "v1", partCommand);
  post("/v1/parts/:part_id/receive", "v1", "body", receiveCommand);
  post("/v1/parts/:part_id/consume", "v1", "body", consumeCommand);
  post("/v1/parts/:part_id/transfer", "v1", "body", transferCommand);
  post("/v1/parts/:part_id/write-off", "v1", "body", writeOffCommand);
  post("/v1/parts/:part_id/adjust", "v1", "body", adjustCommand);

  get("/v2/parts/low-stock", "v2", lowStockCommand);
  post("/v2/actions/execute", "v2", "context", executeCommand);
  addStorageRoutes(app, deps);

  get("/parts/low-stock", "lens", lowStockCommand);
  get("/parts/:part_id", "lens", partCommand);
  post("/actions/execute", "lens", "context", executeCommand);
  return app;
}

function stamped(codeVersion: string) {
  return async (c: ApiContext, next: () => Promise<void>) => {
    c.header("x-part-lens-code", codeVersion);
    await next();
  };
}
