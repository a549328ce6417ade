import { expect, test } from "vitest";
import { InsightsError, latencyOf } from "../../monitoring/latency-adapter.ts";
import { latencyQuery } from "../../monitoring/trends/latency-days.ts";

const fields = {
  tenant: "alpha",
  action: "receive_part",
  version: "v2",
  requests: "3",
  p95: "12.5",
  p99: "20",
};
const row = Object.entries(fields).map(([field, value]) => ({ field, value }));

/** CloudWatch that answers a query with these statuses in turn. */
function answering(statuses: readonly string[], results: readonly unknown[] = [row]) {
  const asked: { readonly name: string; readonly input: unknown }[] = [];
  const send = async (command: { readonly constructor: { name: string }; readonly input: unknown }) => {
    const { name } = command.constructor;
    asked.push({ name, input: command.input });
    if (name === "StartQueryCommand") return { queryId: "q" };
    return { status: statuses[asked.length - 2], results };
  };
  return { asked, logs: { send } as never };
}

test("a day's latencies are asked of that whole day and no more, and waited for", async () => {
  const { asked, logs } = answering(["Scheduled", "Running", "Complete"]);
  expect(await latencyOf("/log", "2026-01-06", logs, 0)).toEqual([
    {
      day: "2026-01-06",
      tenant: "alpha",
      action: "receive_part",
      version: "v2",
      requests: 3,
      p95: 12.5,
      p99: 20,
    },
  ]);
  expect(asked.map(({ name }) => name)).toEqual([
    "StartQueryCommand",
    ...Array(3).fill("GetQueryResultsCommand"),
  ]);
  const startTime = Date.parse("2026-01-06T00:00:00Z") / 1000;
  const endTime = Date.parse("2026-01-06T23:59:59Z") / 1000;
  expect(asked[0]?.input).toEqual({
    ...{ logGroupName: "/log", startTime, endTime },
    ...{ queryString: latencyQuery, limit: 10_000 },
  });
});

test.each(["Failed", "Cancelled", "Timeout", "Unknown"])(
  "a query that ended as %s is an error",
  async (status) => {
    await expect(latencyOf("/log", "2026-01-06", answering([status]).logs, 0)).rejects.toThrow(InsightsError);
  },
);

test("an answer that was cut off is an error: a part of the latencies proves nothing", async () => {
  const { logs } = answering(["Complete"], Array(10_000).fill(row));
  await expect(latencyOf("/log", "2026-01-06", logs, 0)).rejects.toThrow(/cut off/);
});
