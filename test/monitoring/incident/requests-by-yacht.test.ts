import type { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, it } from "vitest";
import { logFilter } from "../../../infra/local/services/log-filter.ts";
import { LogStore } from "../../../infra/local/services/log-store.ts";
import { requestsByYacht } from "../../../monitoring/incident/log-adapter.ts";
import { metricLine, type Version } from "../../../monitoring/metrics.ts";

const from = Date.parse("2026-11-23T12:00:00.000Z");
const group = "/aws/lambda/part-lens-local-api";

/** The API's log with these requests, as the API writes them, read in pages of that many lines. */
function logOf(
  requests: readonly { version: Version; yacht?: string; status?: number; after?: number }[],
  pageSize = 10_000,
) {
  const store = new LogStore();
  for (const { after = 1, status = 200, version, yacht } of requests) {
    const values = { requests: 1, latency: 5 };
    const properties = { action: "view_part_details", status, ...(yacht && { yacht }) };
    const other = version === "v1" ? "v2" : "v1";
    store.put(group, {
      at: from + after,
      message: metricLine("PartLens/local", version, values, properties),
    });
    store.put(group, { at: from + after, message: metricLine("PartLens/local", other, {}, {}) });
  }
  const send = async ({ input }: FilterLogEventsCommand) => {
    const { filterPattern, logGroupName = "", nextToken = "0", startTime = 0 } = input;
    const lines = store.read(logGroupName, startTime, Number.MAX_SAFE_INTEGER) ?? [];
    const found = lines.filter(({ message }) => logFilter(filterPattern)(message));
    const end = Number(nextToken) + pageSize;
    const events = found.slice(Number(nextToken), end).map(({ at, message }) => ({ timestamp: at, message }));
    return { events, ...(end < found.length && { nextToken: `${end}` }) };
  };
  return { send } as never;
}

const countsOf = (log: never) => requestsByYacht("part-lens-local-api", log, from);

describe("the requests that v2 answered, by yacht", () => {
  it("are counted from the API's log, failures apart, the most first", async () => {
    const log = logOf([
      { version: "v2", yacht: "aurora", status: 504 },
      { version: "v2", yacht: "borealis" },
      { version: "v2", yacht: "borealis", status: 500 },
      { version: "v2", yacht: "borealis", status: 409 },
      { version: "v1", yacht: "aurora" },
      { version: "v2", yacht: "aurora", after: -1 },
    ]);
    expect(await countsOf(log)).toEqual({
      from: "2026-11-23T12:00:00.000Z",
      counts: [
        { yacht: "borealis", requests: 3, failures: 1 },
        { yacht: "aurora", requests: 1, failures: 1 },
      ],
      cut: false,
    });
  });

  it("are counted as of no yacht where a line of older code names none", async () => {
    expect((await countsOf(logOf([{ version: "v2" }]))).counts).toMatchObject([
      { yacht: "none", requests: 1 },
    ]);
  });

  it("say that there were more where the log is longer than is read", async () => {
    const eleven = Array.from({ length: 11 }, () => ({ version: "v2", yacht: "aurora" }) as const);
    const { counts, cut } = await countsOf(logOf(eleven, 1));
    expect({ counts, cut }).toEqual({ counts: [{ yacht: "aurora", requests: 10, failures: 0 }], cut: true });
  });
});
