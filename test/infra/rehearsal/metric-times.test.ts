import { expect, test } from "vitest";
import { MetricTimes } from "../../../infra/local/rehearsal/metric-times.ts";

test("both lines of a request get its virtual time, a third none", () => {
  const times = new MetricTimes();
  times.expect("request-1", 5_000);
  expect([times.take("request-1"), times.take("request-1"), times.take("request-1")]).toEqual([
    5_000,
    5_000,
    undefined,
  ]);
});

test("a line of a request that nobody announced has no virtual time", () => {
  expect(new MetricTimes().take("stranger-1")).toBeUndefined();
});

test("a slot settles when the last line owed has come in", async () => {
  const times = new MetricTimes();
  times.expect("request-1", 0);
  times.expect("request-2", 0);
  times.forget("request-2");
  const settled = times.settled();
  times.take("request-1");
  times.take("request-1");
  expect(await settled).toBe(0);
});

test("a slot whose lines never come says how many requests are without", async () => {
  const times = new MetricTimes();
  times.expect("request-1", 0);
  times.take("request-1");
  times.expect("request-2", 0);
  expect(await times.settled(10)).toBe(2);
  expect(times.take("request-2")).toBeUndefined();
});
