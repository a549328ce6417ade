import type { Invocation } from "./services/function-runtime.ts";
import type { LocalAws } from "./services/local-aws.ts";

/**
 * The metrics that AWS itself emits for a function and the HTTP API in front of it, zeros included:
 * a failure without an author shows nowhere else.
 */
export function countInvocation(
  aws: LocalAws,
  apiId: string | undefined,
  now: number,
  invocation: Invocation,
): void {
  const { name, kind, error, status } = invocation;
  const put = (namespace: string, metric: string, dimensions: Record<string, string>, value: number) =>
    aws.metrics.put({ namespace, name: metric, dimensions, value, timestamp: now });
  put("AWS/Lambda", "Invocations", { FunctionName: name }, 1);
  put("AWS/Lambda", "Errors", { FunctionName: name }, error ? 1 : 0);
  put("AWS/Lambda", "Throttles", { FunctionName: name }, 0);
  if (kind === "http" && apiId)
    put("AWS/ApiGateway", "5xx", { ApiId: apiId }, (status ?? 502) >= 500 ? 1 : 0);
}

/** The request id of a metric line, without parsing lines that have none. */
export function requestIdOf(line: string): string | undefined {
  return /"requestId":"([A-Za-z0-9-]{8,64})"/.exec(line)?.[1];
}

/** Whether a job printed that metric line, without parsing it. */
export function isJobLine(line: string): boolean {
  return line.startsWith('{"job":');
}
