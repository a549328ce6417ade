import { setTimeout as pause } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  type ResultField,
  StartQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import * as z from "zod";
import { type LatencyDay, latencyDay, latencyQuery } from "./trends/latency-days.ts";

/** Logs Insights did not answer the query, or not whole. */
export class InsightsError extends Error {
  override readonly name = "InsightsError";
}

/** AWS's most. Source: CloudWatch Logs API reference, StartQuery. */
const mostRows = 10_000;
const daySeconds = 86_400;
const going: ReadonlySet<string | undefined> = new Set(["Scheduled", "Running"]);

/** Numbers come as texts. */
const row = z.object({
  tenant: z.string(),
  action: z.string(),
  version: z.string(),
  requests: z.coerce.number(),
  p95: z.coerce.number(),
  p99: z.coerce.number(),
});

/**
 * The latencies of that day, an ISO date, from the API's log group. Throws an InsightsError, and what CloudWatch answers.
 * `pauseMilliseconds`: between two looks at the query.
 */
export async function latencyOf(
  logGroupName: string,
  day: string,
  logs: Pick<CloudWatchLogsClient, "send"> = new CloudWatchLogsClient({}),
  pauseMilliseconds = 1_000,
): Promise<LatencyDay[]> {
  const startTime = Date.parse(day) / 1000;
  // Both ends are of the range.
  const endTime = startTime + daySeconds - 1;
  const asked = { logGroupName, startTime, endTime, queryString: latencyQuery, limit: mostRows };
  const { queryId } = await logs.send(new StartQueryCommand(asked));
  for (;;) {
    const { status, results = [] } = await logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Complete") return rowsOf(day, results);
    if (!going.has(status)) throw new InsightsError(`the latencies of ${day}: the query ended as ${status}`);
    await pause(pauseMilliseconds);
  }
}

/** As many rows as there can be are fewer than there were. */
function rowsOf(day: string, results: readonly ResultField[][]): LatencyDay[] {
  if (results.length >= mostRows)
    throw new InsightsError(`the latencies of ${day}: more than ${mostRows} rows, and the rest is cut off`);
  return results.map((fields) => {
    const named = Object.fromEntries(fields.map(({ field = "", value }) => [field, value]));
    return latencyDay.parse({ day, ...row.parse(named) });
  });
}
