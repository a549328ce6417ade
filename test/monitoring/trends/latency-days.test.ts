import { expect, test } from "vitest";
import { insightsQuery } from "../../../infra/local/services/insights-query.ts";
import { metricLine } from "../../../monitoring/metrics.ts";
import { latencyDays, latencyQuery } from "../../../monitoring/trends/latency-days.ts";

const at = Date.parse("2026-11-20T23:59:59Z");

function line(action: string, tenant: string, version: "v1" | "v2", latency: number, time = at): string {
  return metricLine("PartLens/test", version, { requests: 1, latency }, { action, tenant }, time);
}

test("a day's latencies are told by tenant, action and version, at the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => line("consume_part", "alpha", "v2", index + 1));
  const days = latencyDays([
    ...hundred.toReversed(),
    line("consume_part", "beta", "v2", 7),
    line("consume_part", "alpha", "v1", 9),
    line("consume_part", "alpha", "v2", 4, at + 1000),
  ]);
  const action = "consume_part";
  expect(days).toEqual([
    { day: "2026-11-20", tenant: "alpha", action, version: "v1", requests: 1, p95: 9, p99: 9 },
    { day: "2026-11-20", tenant: "alpha", action, version: "v2", requests: 100, p95: 95, p99: 99 },
    { day: "2026-11-20", tenant: "beta", action, version: "v2", requests: 1, p95: 7, p99: 7 },
    { day: "2026-11-21", tenant: "alpha", action, version: "v2", requests: 1, p95: 4, p99: 4 },
  ]);
});

test("lines of zeros, of jobs and of nothing are no requests", () => {
  const zeros = metricLine("PartLens/test", "v1", {}, { requestId: "r" }, at);
  const job = metricLine(
    "PartLens/test",
    "any",
    { integrityBreaks: 0 },
    { job: "integrity", tenant: "alpha" },
    at,
  );
  expect(latencyDays([zeros, job, "", "{", '{"_aws":1}'])).toEqual([]);
});

test("the saved query asks for the same of the same fields, and gives the same of the same lines", () => {
  expect(latencyQuery).toBe(
    "filter Requests = 1 and ispresent(tenant) and ispresent(action)\n| stats count(*) as requests, pct(Latency, 95) as p95, pct(Latency, 99) as p99 by tenant, action, Version as version\n| sort p95 desc",
  );
  const lines = [
    ...Array.from({ length: 100 }, (_, index) => line("consume_part", "alpha", "v2", index + 1)),
    line("consume_part", "beta", "v1", 7),
    line("receive_part", "alpha", "v2", 700),
    metricLine("PartLens/test", "v1", { requests: 1, latency: 3 }, { requestId: "r" }, at),
    metricLine("PartLens/test", "v2", {}, { action: "consume_part", tenant: "alpha" }, at),
    "START RequestId: 1",
    "{",
  ];
  const texts = latencyDays(lines).map(({ day: _, ...row }) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, `${value}`])),
  );
  expect(insightsQuery(latencyQuery)(lines)).toEqual(texts.sort((a, b) => Number(b.p95) - Number(a.p95)));
  expect(texts).toHaveLength(3);
});

test("a query that the local log does not know is refused, not answered", () => {
  for (const query of ["fields @message", "filter a > 1 | stats count(*) as n by b | sort n desc", ""])
    expect(() => insightsQuery(query)).toThrow(/is not simulated/);
});
