import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetricStoreReader } from "../../../../infra/local/services/metric-reader.ts";
import { MetricStore } from "../../../../infra/local/services/metric-store.ts";
import { metricLine, metricNamespace } from "../../../../monitoring/metrics.ts";

const metric = { namespace: "Test", name: "Latency", dimensions: { Version: "v2" } };

function storeOf(points: readonly (readonly [timestamp: number, value: number])[]): MetricStore {
  const store = new MetricStore();
  for (const [timestamp, value] of points) store.put({ ...metric, timestamp, value });
  return store;
}

describe("the metric store", () => {
  it.each([
    ["Sum", 60],
    ["SampleCount", 3],
    ["Average", 20],
    ["Minimum", 10],
    ["Maximum", 30],
    ["p50", 20],
    ["p95", 30],
  ])("answers %s over a window that ends before its end: %s", (statistic, expected) => {
    const store = storeOf([
      [999, 1],
      [1000, 30],
      [1500, 10],
      [1999, 20],
      [2000, 1],
    ]);
    expect(store.statistic(metric, statistic, 1000, 2000)).toBe(expected);
  });

  it("answers undefined, not zero, where there is no data", () => {
    const store = storeOf([[1000, 0]]);
    expect(store.statistic(metric, "Sum", 0, 1000)).toBeUndefined();
    expect(store.statistic(metric, "Sum", 1000, 1001)).toBe(0);
    expect(store.statistic({ ...metric, name: "Other" }, "Sum", 0, 9999)).toBeUndefined();
  });

  it("keeps metrics of other dimensions apart", () => {
    const store = storeOf([[1000, 5]]);
    expect(store.statistic({ ...metric, dimensions: { Version: "v1" } }, "Sum", 0, 9999)).toBeUndefined();
    expect(store.statistic({ namespace: "Test", name: "Latency" }, "Sum", 0, 9999)).toBeUndefined();
  });

  it("refuses a statistic it does not know", () => {
    expect(() => storeOf([[1, 1]]).statistic(metric, "tm99", 0, 2)).toThrow(RangeError);
  });

  it("sums the same in whatever order the points arrive", () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: -9, max: 9 }));
    fc.assert(
      fc.property(fc.array(point), fc.nat(100), fc.nat(100), (points, from, to) => {
        const inside = points.filter(([time]) => time >= from && time < to).map(([, value]) => value);
        const store = storeOf(points);
        const sum = inside.length ? inside.reduce((a, b) => a + b, 0) : undefined;
        expect(store.statistic(metric, "Sum", from, Math.max(from, to))).toBe(sum);
        expect([...store.values(metric, from, Math.max(from, to))].sort()).toEqual(inside.sort());
      }),
    );
  });
});

describe("lines of the embedded metric format", () => {
  const namespace = metricNamespace("local");
  const line = metricLine(namespace, "v2", { requests: 1, slow: 1, latency: 700 }, { requestId: "r" }, 5000);

  it("become datapoints of every metric they name, zeros included", () => {
    const store = new MetricStore();
    expect(store.putLine(line)).toBe(11);
    const reader = new MetricStoreReader(store, namespace);
    expect(reader.sum("slow", "v2", 5000, 5001)).toBe(1);
    expect(reader.sum("serverErrors", "v2", 5000, 5001)).toBe(0);
    expect(reader.sum("slow", "v1", 5000, 5001)).toBeUndefined();
    expect(reader.quantile("v2", 0.95, 0, 9999)).toMatchObject({ value: 700, samples: 1 });
  });

  it("take the given time instead of their own", () => {
    const store = new MetricStore();
    store.putLine(line, 90_000);
    const reader = new MetricStoreReader(store, namespace);
    expect(reader.sum("requests", "v2", 0, 90_000)).toBeUndefined();
    expect(reader.sum("requests", "v2", 90_000, 90_001)).toBe(1);
  });

  it.each(["", "not json", '{"_aws": 1}', '{"message":"hello"}', '{"_aws"'])(
    "are not %j: nothing is stored",
    (text) => {
      expect(new MetricStore().putLine(text)).toBe(0);
    },
  );
});
