import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualClock } from "../../../../infra/local/clock.ts";
import { LocalAws } from "../../../../infra/local/services/local-aws.ts";
import { metricLine } from "../../../../monitoring/metrics.ts";
import { readWindow } from "../../../../monitoring/rollout/aws/window-metrics-adapter.ts";

const directory = mkdtempSync(join(tmpdir(), "part-lens-window-"));
const [namespace, region] = ["PartLens/test", "eu-west-1"];
const [from, hour] = [Date.UTC(2026, 0, 5), 3_600_000];
const to = from + 3 * hour;
const aws = new LocalAws({ clock: new VirtualClock(to), directory, region, invoke: async () => undefined });
let client: CloudWatchClient;

/** What a run of reconciliation leaves, and what a request leaves beside it. */
const run = (at: number, drift: number) =>
  aws.metrics.putLine(metricLine(namespace, "any", { integrityBreaks: drift > 0 ? 1 : 0, drift }, {}, at));

beforeAll(async () => {
  const endpoint = await aws.start();
  client = new CloudWatchClient({ endpoint, region, credentials: aws.sessions.administrator });
  // Two tenants in the same minute, and a repair before the next run.
  run(from + 1_000, 0);
  run(from + 2_000, 0.4);
  run(from + 2 * hour, 0);
  for (const latency of [10, 30])
    aws.metrics.putLine(metricLine(namespace, "v2", { requests: 1, latency }, {}, from + 5_000));
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true, force: true });
});

test("the drift of a window is the largest of any run in it, in percent, and none where none ran", async () => {
  const metrics = await readWindow(namespace, { from, to, latencies: false }, client);
  expect(metrics.worstDrift(from, to)).toBe(0.4);
  expect(metrics.worstDrift(from + hour, from + 2 * hour)).toBeUndefined();
  expect(metrics.worstDrift(from + 2 * hour, to)).toBe(0);
  expect(() => metrics.worstDrift(from, to + 1)).toThrow(RangeError);
});

test("counters are summed by version, and a request says nothing of the drift", async () => {
  const metrics = await readWindow(namespace, { from, to, latencies: true }, client);
  expect(metrics.sum("integrityBreaks", "any", from, to)).toBe(1);
  expect(metrics.sum("requests", "v2", from, to)).toBe(2);
  expect(metrics.sum("requests", "v1", from, to)).toBeUndefined();
  expect(metrics.quantile("v2", 0.5, from, to)?.samples).toBe(2);
  expect(JSON.parse(metricLine(namespace, "v2", { requests: 1 }))).not.toHaveProperty("Drift");
});
