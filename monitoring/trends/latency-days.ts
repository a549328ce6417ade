/** One day's latencies by action, tenant and version, from the API's metric lines. Source: domain.md, "After". */
import * as z from "zod";
import { metrics, versionDimension } from "../metrics.ts";

/** Milliseconds; the percentiles are of requests that really came, by the nearest rank. */
export interface LatencyDay {
  /** ISO date, UTC. */
  readonly day: string;
  readonly tenant: string;
  readonly action: string;
  readonly version: "v1" | "v2";
  readonly requests: number;
  readonly p95: number;
  readonly p99: number;
}

const milliseconds = z.number().nonnegative();

/** What is read from a file or a record. */
export const latencyDay = z.object({
  day: z.iso.date(),
  tenant: z.string().min(1),
  action: z.string(),
  version: z.enum(["v1", "v2"]),
  requests: z.number().int().nonnegative(),
  p95: milliseconds,
  p99: milliseconds,
}) satisfies z.ZodType<LatencyDay>;

const line = z.object({
  _aws: z.object({ Timestamp: z.number() }),
  action: z.string(),
  tenant: z.string(),
  [versionDimension]: z.enum(["v1", "v2"]),
  [metrics.requests.name]: z.literal(1),
  [metrics.latency.name]: z.number(),
});

/**
 * The same as CloudWatch Logs Insights computes it from the API's log group: what the job asks every day, and the saved
 * query of the stack. It gives the rows of one day, chosen by the time range.
 */
export const latencyQuery = [
  `filter ${metrics.requests.name} = 1 and ispresent(tenant) and ispresent(action)`,
  `stats count(*) as requests, pct(${metrics.latency.name}, 95) as p95, pct(${metrics.latency.name}, 99) as p99 by tenant, action, ${versionDimension} as version`,
  "sort p95 desc",
].join("\n| ");

/** Rows in the order of day, tenant, action and version; lines that are no request's are left out. */
export function latencyDays(lines: Iterable<string>): LatencyDay[] {
  const groups = new Map<
    string,
    { readonly of: Omit<LatencyDay, "requests" | "p95" | "p99">; times: number[] }
  >();
  for (const text of lines) {
    const parsed = parsedLine(text);
    if (!parsed) continue;
    const { action, tenant } = parsed;
    const version = parsed[versionDimension];
    const day = new Date(parsed._aws.Timestamp).toISOString().slice(0, 10);
    const key = [day, tenant, action, version].join("\u0000");
    const group = groups.get(key) ?? { of: { day, tenant, action, version }, times: [] };
    groups.set(key, group);
    group.times.push(parsed[metrics.latency.name] as number);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { of, times }]) => {
      const sorted = times.sort((a, b) => a - b);
      const rank = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
      return { ...of, requests: sorted.length, p95: rank(0.95), p99: rank(0.99) };
    });
}

function parsedLine(text: string): z.output<typeof line> | undefined {
  if (!text.includes('"_aws"')) return undefined;
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
