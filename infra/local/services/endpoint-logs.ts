import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import { insightsQuery } from "./insights-query.ts";
import { logFilter } from "./log-filter.ts";
import type { LogEvent, LogStore } from "./log-store.ts";

const mostEvents = 10_000;
const filterInput = z.object({
  logGroupName: z.string(),
  startTime: z.number().default(0),
  endTime: z.number().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().int().min(1).max(mostEvents).default(mostEvents),
  nextToken: z.string().regex(/^\d+$/).optional(),
});

/** Times in seconds, both of the range. */
const queryInput = z.object({
  logGroupName: z.string(),
  startTime: z.number(),
  endTime: z.number(),
  queryString: z.string(),
  limit: z.number().int().min(1).max(mostEvents).default(mostEvents),
});
const resultsInput = z.object({ queryId: z.string() });
/** Answers that nobody has asked for are forgotten, the oldest first. */
const mostQueries = 20;

type Rows = readonly Readonly<Record<string, string>>[];

/**
 * CloudWatch Logs' JSON 1.1 protocol: FilterLogEvents, oldest first, in pages; a query of Logs Insights, which is over
 * as soon as it was started.
 */
export class LogsEndpoint implements EndpointProtocol {
  readonly service = "logs";
  readonly #logs: LogStore;
  readonly #queries = new Map<string, Rows>();
  readonly #operations: Readonly<Record<string, (input: unknown) => EndpointAnswer>> = {
    FilterLogEvents: (input) => this.#filter(filterInput.parse(input)),
    StartQuery: (input) => this.#start(queryInput.parse(input)),
    GetQueryResults: (input) => this.#results(resultsInput.parse(input)),
  };

  constructor(logs: LogStore) {
    this.#logs = logs;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const name = request.headers["x-amz-target"]?.split(".")[1] ?? "";
    const operation = this.#operations[name];
    if (!operation) throw new AwsError("NotImplemented", `Logs operation ${name} is not simulated`, 501);
    return operation(JSON.parse(Buffer.from(request.body).toString() || "{}"));
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { __type: error.code, message: error.message });
  }

  #filter(wanted: z.infer<typeof filterInput>): EndpointAnswer {
    const matches = logFilter(wanted.filterPattern);
    const end = wanted.endTime ?? Number.MAX_SAFE_INTEGER;
    const lines = this.#lines(wanted.logGroupName, wanted.startTime, end);
    const from = Number(wanted.nextToken ?? 0);
    const found = lines.filter(({ message }) => matches(message));
    const page = found.slice(from, from + wanted.limit);
    const next = from + page.length;
    return jsonAnswer(200, {
      events: page.map(({ at, message }) => ({ timestamp: at, message, logStreamName: "local" })),
      searchedLogStreams: [],
      ...(next < found.length && { nextToken: String(next) }),
    });
  }

  #start({
    logGroupName,
    startTime,
    endTime,
    queryString,
    limit,
  }: z.infer<typeof queryInput>): EndpointAnswer {
    const rowsOf = insightsQuery(queryString);
    const lines = this.#lines(logGroupName, startTime * 1000, (endTime + 1) * 1000);
    const queryId = randomUUID();
    this.#queries.set(queryId, rowsOf(lines.map(({ message }) => message)).slice(0, limit));
    const [oldest] = this.#queries.keys();
    if (this.#queries.size > mostQueries && oldest) this.#queries.delete(oldest);
    return jsonAnswer(200, { queryId });
  }

  #results({ queryId }: z.infer<typeof resultsInput>): EndpointAnswer {
    const rows = this.#queries.get(queryId);
    if (!rows) throw new AwsError("ResourceNotFoundException", `there is no query ${queryId}`, 400);
    const results = rows.map((row) => Object.entries(row).map(([field, value]) => ({ field, value })));
    return jsonAnswer(200, { status: "Complete", results });
  }

  #lines(group: string, from: number, to: number): readonly LogEvent[] {
    const lines = this.#logs.read(group, from, to);
    if (lines) return lines;
    throw new AwsError("ResourceNotFoundException", `the log group ${group} does not exist`, 400);
  }
}
