import { createMiddleware } from "hono/factory";
import {
  type MetricValues,
  metricLine,
  metricNamespace,
  slowMilliseconds,
  type Version,
} from "../../monitoring/metrics.ts";
import type { ApiContext, ApiEnv } from "../context.ts";
import type { Dependencies } from "../dependencies.ts";
import { ApiError } from "../errors.ts";

type Metered = Pick<Dependencies, "environment" | "codeVersion" | "line">;

/**
 * Writes a line for every request that reached a version, and for every 5xx: no 5xx of ours is without author.
 * With it goes a line of zeros for the other version: an alarm on a metric that stops looks back at its last points,
 * so v2's would fire again minutes after v2 was switched off.
 */
export function metrics({ environment, codeVersion, line }: Metered) {
  const namespace = metricNamespace(environment);
  return createMiddleware<ApiEnv>(async function metrics(c, next) {
    const started = performance.now();
    c.set("counts", {});
    await next();
    const version = c.get("version") ?? (c.res.status >= 500 ? authorOf(c) : undefined);
    if (!version) return;
    const values = { ...valuesOf(c.res.status, performance.now() - started), ...c.get("counts") };
    line(metricLine(namespace, version, values, { codeVersion, ...propertiesOf(c) }));
    line(metricLine(namespace, version === "v1" ? "v2" : "v1", {}, { requestId: c.get("requestId") }));
  });
}

// Before a version was reached: the one that would have answered, v1 when nothing is known.
function authorOf(c: ApiContext): Version {
  return c.req.path.startsWith("/v1/") ? "v1" : (c.get("decision")?.version ?? "v1");
}

/** What an answer of that status adds to the metrics. Source: domain.md, "Error = 5xx or timeout". */
export function valuesOf(status: number, latency: number): MetricValues {
  return {
    requests: 1,
    serverErrors: status >= 500 && status !== 503 && status !== 504 ? 1 : 0,
    unavailable: status === 503 ? 1 : 0,
    timeouts: status === 504 ? 1 : 0,
    slow: latency > slowMilliseconds ? 1 : 0,
    latency: Math.round(latency * 1000) / 1000,
  };
}

function propertiesOf(c: ApiContext): Record<string, string | number> {
  return {
    requestId: c.get("requestId"),
    action: c.get("action") ?? "none",
    tenant: c.get("member")?.tenant ?? "none",
    // As the request named it: where MASTER is down nobody knows yet whether the user is a member.
    yacht: c.get("yachtId") ?? "none",
    stage: c.get("decision")?.stage ?? "unknown",
    flagHash: c.get("decision")?.flagHash ?? "unknown",
    status: c.res.status,
    ...failureOf(c.error),
  };
}

// The code of every error; of a 5xx also what lies beneath, which no answer shows.
function failureOf(error: Error | undefined): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  const cause = error.status >= 500 ? error.cause : undefined;
  return { error: error.code, ...(cause instanceof Error && { failure: String(cause.stack) }) };
}
