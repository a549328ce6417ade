import { createMiddleware } from "hono/factory";
import type { Lens } from "../../flags/lens.ts";
import type { Version } from "../../monitoring/metrics.ts";
import type { ApiEnv } from "../context.ts";
import { ApiError } from "../errors.ts";
import { isPinned } from "../pinned.ts";

/**
 * Sets `decision`: the flags', or v1 whatever they say while the pin holds. It comes before the membership, so that a
 * MASTER that is down is counted where it hurts.
 */
export function decide(lens: Lens) {
  return createMiddleware<ApiEnv>(async function decide(c, next) {
    const flags = await lens.decide(c.get("yachtId"));
    const decision = isPinned(c) ? { ...flags, version: "v1" as const } : flags;
    c.set("decision", decision);
    c.header("x-part-lens-stage", decision.stage);
    c.header("x-part-lens-flags", decision.flagHash);
    await next();
  });
}

/**
 * Sets `version`, the one that answers: what the lens chose, or what the route names. v1 always answers; v2 only
 * the yachts whose lens is on. Source: domain.md, "Actions".
 */
export function reach(route: Version | "lens") {
  return createMiddleware<ApiEnv>(async function reach(c, next) {
    const chosen = c.get("decision")?.version ?? "v1";
    if (route === "v2" && chosen !== "v2") throw new ApiError("version_not_enabled");
    const version = route === "lens" ? chosen : route;
    c.set("version", version);
    c.header("x-part-lens-version", version);
    await next();
  });
}
