import { describe, expect, it } from "vitest";
import { falseRollbacks, textOf } from "../../../infra/local/matrix/false-rollbacks.ts";
import {
  HealthyNoise,
  noiseOfRecording,
  noiseWithinBake,
  recorded,
} from "../../../infra/local/matrix/healthy-noise.ts";
import { tableWith } from "../../../infra/local/matrix/healthy-run.ts";
import { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import type { AlarmKey, AlarmRule } from "../../../monitoring/alarms.ts";
import { judge, overall } from "../../../monitoring/judge.ts";

const noise = noiseOfRecording(recorded);
const seed = "part-lens";

describe("the noise of a healthy v2", () => {
  it("has the recorded shape and 4 % slow answers when chance alone decides", () => {
    const { bound: _, ...free } = noise;
    const unbounded = new HealthyNoise(free, new Seeded(seed));
    const drawn = Array.from({ length: 50_000 }, (_, index) => unbounded.draw(index));
    const share = (holds: (each: (typeof drawn)[number]) => boolean) =>
      drawn.filter(holds).length / drawn.length;
    expect(share(({ milliseconds }) => milliseconds > 500)).toBeCloseTo(0.04, 2);
    expect(share(({ failure }) => failure === "timeout" || failure === "serverError")).toBeCloseTo(0.0144, 2);
    expect(share(({ failure }) => failure === "unavailable")).toBeCloseTo(0.016, 2);
    const sorted = drawn.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    const ratio = (sorted[49_500] as number) / (sorted[47_500] as number);
    expect(ratio).toBeCloseTo(recorded.p99 / recorded.p95, 1);
  });

  it("never uses up more than 80 % of a limit in five minutes", () => {
    const bounded = new HealthyNoise(noise, new Seeded(seed, "bounded"));
    // 150 requests in 5 minutes: slowShare fires from 8 slow ones, errorRate from 5, serverErrors from 6.
    const drawn = Array.from({ length: 5_000 }, (_, index) => bounded.draw(index * 2));
    const most = (holds: (each: (typeof drawn)[number]) => boolean) =>
      Math.max(...drawn.map((_, end) => drawn.slice(Math.max(0, end - 150), end).filter(holds).length));
    expect(most(({ milliseconds }) => milliseconds > 500)).toBe(6);
    expect(most(({ failure }) => failure === "timeout" || failure === "serverError")).toBe(4);
    expect(most(({ failure }) => failure === "unavailable")).toBe(4);
    expect(most(({ failure }) => failure === "serverError")).toBeLessThanOrEqual(4);
  });
});

describe("the noise within what a bake allows", () => {
  it("has no 5xx, its P95 at 400 ms, and no more timeouts or 503 than 0.8 % of a bake", () => {
    const drawn = new HealthyNoise(noiseWithinBake(recorded), new Seeded(seed, "bake"));
    const all = Array.from({ length: 1_800 }, (_, index) => drawn.draw(index * 2));
    const timeouts = all.filter(({ failure }) => failure === "timeout").length;
    expect(all.some(({ failure }) => failure === "serverError")).toBe(false);
    expect(timeouts).toBeGreaterThan(7);
    expect(timeouts).toBeLessThanOrEqual(14);
    const unavailable = all.filter(({ failure }) => failure === "unavailable").length;
    expect(unavailable).toBeGreaterThan(7);
    expect(unavailable).toBeLessThanOrEqual(14);
    const sorted = all.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    expect(sorted[Math.floor(0.95 * all.length)]).toBeGreaterThan(330);
    expect(sorted[Math.floor(0.95 * all.length)]).toBeLessThan(470);
  });
});

describe("the judge", () => {
  const within = noiseWithinBake(recorded);

  it("fails none of 200 healthy runs of the canary stages, and no alarm rolls one back", async () => {
    const result = await falseRollbacks(200, { noise: within, seed });
    console.info(textOf(result));
    expect(result.found).toEqual([]);
    expect(result.provenBelow).toBeLessThan(3 / 200);
  });

  it("with a limit planted far too low is reported for failing healthy runs", async () => {
    const strict: typeof judge = async (stage, inputs) => {
      const verdict = await judge(stage, inputs);
      const criteria = verdict.criteria.map((one) =>
        one.measure === "p95" && (one.value ?? 0) > 100 ? { ...one, verdict: "fail" as const } : one,
      );
      return { ...verdict, criteria, verdict: overall(criteria) };
    };
    const { found } = await falseRollbacks(3, { noise: within, seed, judge: strict });
    expect(found.map(({ by }) => by)).toEqual(["p95", "p95", "p95"]);
  });
});

describe("the alarm table", () => {
  it("rolls none of 200 healthy runs of the canary stages back, which proves less than 1.5 %", async () => {
    const result = await falseRollbacks(200, { noise, seed });
    console.info(textOf(result));
    expect(result.found).toEqual([]);
    expect(result.provenBelow).toBeLessThan(3 / 200);
  });

  it.each<[AlarmKey, string, Partial<AlarmRule>]>([
    ["slowShare", "far too low a threshold", { threshold: 0.005 }],
    ["serverErrors", "far too low a threshold", { threshold: 0 }],
    ["errorRate", "no floors", { expression: "(errors + timeouts) / requests" }],
    ["gatewayErrors", "no author for any error", { expression: "FILL(all, 0)" }],
  ])("with %s given %s is reported for rolling healthy runs back", async (key, _, changes) => {
    const { found } = await falseRollbacks(5, { noise, seed, table: tableWith(key, changes) });
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ by }) => by))).toEqual(new Set([key]));
  });

  it("gives the same runs for the same seed, and others for another", async () => {
    const asked = { noise, table: tableWith("serverErrors", { threshold: 1 }) };
    const [first, again, other] = await Promise.all(
      [seed, seed, "another"].map(async (each) => (await falseRollbacks(5, { ...asked, seed: each })).found),
    );
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});
