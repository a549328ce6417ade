import type { Context, Env } from "hono";
import type { Decision } from "../flags/lens.ts";
import type { MetricKey, Version } from "../monitoring/metrics.ts";
import type { Route } from "./database/master.ts";

/** What the middleware sets, in the order a request meets it, and the routes read. */
export interface Variables {
  requestId: string;
  /** What to count beside the answer itself. */
  counts: Partial<Record<MetricKey, number>>;
  /** Aborted when the deadline has passed. */
  signal: AbortSignal;
  userId: string;
  body: Readonly<Record<string, unknown>>;
  yachtId: string;
  decision: Decision | undefined;
  member: Route | undefined;
  /** Set once the request has reached a version. */
  version: Version | undefined;
  action: string | undefined;
}

/** What the runtime gives with each request; nothing where the app is called without one. */
export interface Bindings {
  readonly lambdaContext?: { readonly invokedFunctionArn?: string };
}

export interface ApiEnv extends Env {
  Bindings: Bindings;
  Variables: Variables;
}

export type ApiContext = Context<ApiEnv>;

/** Adds one to a counter of this request. */
export function count(c: ApiContext, metric: MetricKey): void {
  c.get("counts")[metric] = (c.get("counts")[metric] ?? 0) + 1;
}
