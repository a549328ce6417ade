import { z } from "zod";
import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  jsonAnswer,
  type SignedRequest,
} from "./endpoint-protocol.ts";
import { logFilter } from "./log-filter.ts";
import type { LogStore } from "./log-store.ts";

const mostEvents = 10_000;
const filterInput = z.object({
  logGroupName: z.string(),
  startTime: z.number().default(0),
  endTime: z.number().optional(),
  filterPattern: z.string().optional(),
  limit: z.number().int().min(1).max(mostEvents).default(mostEvents),
  nextToken: z.string().regex(/^\d+$/).optional(),
});

/** CloudWatch Logs' JSON 1.1 protocol: FilterLogEvents, oldest first, in pages. */
export class LogsEndpoint implements EndpointProtocol {
  readonly service = "logs";
  readonly #logs: LogStore;

  constructor(logs: LogStore) {
    this.#logs = logs;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const operation = request.headers["x-amz-target"]?.split(".")[1];
    if (operation !== "FilterLogEvents")
      throw new AwsError("NotImplemented", `Logs operation ${operation} is not simulated`, 501);
    return this.#filter(filterInput.parse(JSON.parse(Buffer.from(request.body).toString() || "{}")));
  }

  refuse(error: AwsError): EndpointAnswer {
    return jsonAnswer(error.status, { __type: error.code, message: error.message });
  }

  #filter(wanted: z.infer<typeof filterInput>): EndpointAnswer {
    const matches = logFilter(wanted.filterPattern);
    const end = wanted.endTime ?? Number.MAX_SAFE_INTEGER;
    const lines = this.#logs.read(wanted.logGroupName, wanted.startTime, end);
    if (!lines)
      throw new AwsError(
        "ResourceNotFoundException",
        `the log group ${wanted.logGroupName} does not exist`,
        400,
      );
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
}
