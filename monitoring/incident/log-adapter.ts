import { type CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Collected } from "./collected.ts";
import type { CollectionSources } from "./collection.ts";
import type { CollectionEnv } from "./collection-env.ts";
import { redactedLine } from "./log-redaction.ts";

type Logs = Pick<CloudWatchLogsClient, "send">;
type Line = Collected["logs"]["failures"][number];

/** What is looked for in the API's log, in CloudWatch's filter patterns. */
const patterns = {
  failures: "{ $.status >= 500 }",
  crashes: '?"Task timed out" ?"Runtime exited" ?"Runtime.ExitError" ?"signal: killed"',
  /** One line a request: the line of zeros that goes beside it has no action. */
  mutations: '{ $.Version = "v2" && $.Requests = 1 && $.action != "view_*" }',
  requests: '{ $.Version = "v2" && $.Requests = 1 }',
} as const;

const mostLines = 200;
/** Pages of up to 10,000 lines or 1 MB each: the log of ten busy minutes may be longer. */
const mostPages = 10;

/** The parts of a collection that come from logs written since `from`, in milliseconds. */
export function incidentLogs(
  env: Pick<CollectionEnv, "API_FUNCTION" | "ownLog">,
  logs: Logs,
  from: number,
): Pick<CollectionSources, "logs" | "mutations"> {
  const api = `/aws/lambda/${env.API_FUNCTION}`;
  const { ownLog } = env;
  const since = new Date(from).toISOString();
  const find = (group: string, pattern: string | undefined, most: number) =>
    linesOf(logs, { logGroupName: group, startTime: from, filterPattern: pattern }, most);
  return {
    async logs() {
      const [failures, crashes, own] = await Promise.all([
        find(api, patterns.failures, mostLines),
        find(api, patterns.crashes, mostLines),
        ownLog === undefined ? { lines: [], cut: false } : find(ownLog, undefined, mostLines),
      ]);
      const cut = Object.entries({ failures, crashes, own }).filter(([, found]) => found.cut);
      return {
        from: since,
        failures: failures.lines,
        crashes: crashes.lines,
        own: own.lines,
        cut: cut.map(([name]) => name),
      };
    },
    async mutations() {
      const { cut, lines } = await find(api, patterns.mutations, Number.POSITIVE_INFINITY);
      return { from: since, counts: counted(lines), cut };
    },
  };
}

/** Who was served by v2 since then, in milliseconds, and how often it failed: the most requests first. */
export async function requestsByYacht(
  apiFunction: string,
  logs: Logs,
  from: number,
): Promise<Collected["yachts"]> {
  const wanted = {
    logGroupName: `/aws/lambda/${apiFunction}`,
    startTime: from,
    filterPattern: patterns.requests,
  };
  const { cut, lines } = await linesOf(logs, wanted, Number.POSITIVE_INFINITY);
  const counts = new Map<string, Collected["yachts"]["counts"][number]>();
  for (const { message } of lines) {
    const { status, yacht = "none" } = JSON.parse(message) as { status?: number; yacht?: string };
    const before = counts.get(yacht) ?? { yacht, requests: 0, failures: 0 };
    const failures = before.failures + (Number(status) >= 500 ? 1 : 0);
    counts.set(yacht, { yacht, requests: before.requests + 1, failures });
  }
  const mostFirst = [...counts.values()].sort((a, b) => b.requests - a.requests);
  return { from: new Date(from).toISOString(), counts: mostFirst, cut };
}

interface Wanted {
  readonly logGroupName: string;
  readonly startTime: number;
  readonly filterPattern: string | undefined;
}

async function linesOf(
  logs: Logs,
  wanted: Wanted,
  most: number,
): Promise<{ readonly lines: Line[]; readonly cut: boolean }> {
  const lines: Line[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < mostPages && lines.length < most; page++) {
    const answer = await logs.send(
      new FilterLogEventsCommand({ ...wanted, ...(nextToken && { nextToken }) }),
    );
    for (const { message = "", timestamp = 0 } of answer.events ?? [])
      lines.push({ at: new Date(timestamp).toISOString(), message: redactedLine(message.trimEnd()) });
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return { lines: lines.slice(0, most), cut: nextToken !== undefined || lines.length > most };
}

/** By action, tenant and status; the most frequent first. */
function counted(lines: readonly Line[]): Collected["mutations"]["counts"] {
  const counts = new Map<string, Collected["mutations"]["counts"][number]>();
  for (const { message } of lines) {
    const { action, status, tenant } = JSON.parse(message) as Record<string, unknown>;
    const key = `${action} ${tenant} ${status}`;
    const before = counts.get(key)?.count ?? 0;
    counts.set(key, {
      action: String(action),
      tenant: String(tenant),
      status: Number(status),
      count: before + 1,
    });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count);
}
