import { expect, it } from "vitest";
import { jobRecord, mostDrifting } from "../../../monitoring/job-records/job-record.ts";
import { reconcileRun } from "../../../monitoring/job-records/recorded-run.ts";
import type { Drift, Reconciliation } from "../../../monitoring/reconciliation/reconciliation.ts";

const drift = (partId: string, changes: Partial<Drift> = {}): Drift => ({
  ...{
    yachtId: "y",
    partId,
    stockId: "s",
    location: "store",
    cached: 9,
    total: 10,
    drift: 0.1,
    partDrift: 0,
  },
  ...changes,
});
const found = (drifts: readonly Drift[]): Reconciliation => ({
  ...{ tenant: "alpha", mode: "full", examined: 100, drifts, orphans: [], duplicates: [] },
});
const head = { environment: "test", at: "2026-01-06T10:00:00.000Z" };

it("records the places that drifted, the worst first, by the place or by the whole part, and no more than some", () => {
  const many = Array.from({ length: 30 }, (_, index) => drift(`part-${index}`));
  const run = reconcileRun([found([...many, drift("worst", { drift: 0.2, partDrift: 0.9 })])], true);
  const record = jobRecord.parse({ ...run, ...head });
  if (record.job !== "reconcileAll") throw new Error(record.job);
  const [alpha] = record.results;
  expect(alpha).toMatchObject({ breaks: 31, worst: 0.9 });
  expect(alpha!.drifting).toHaveLength(mostDrifting);
  expect(alpha!.drifting[0]).toEqual({
    ...{ yachtId: "y", partId: "worst", location: "store", cached: 9, total: 10, drift: 0.9 },
  });
});

it("reads a record of before, which names no place", () => {
  const results = [{ tenant: "alpha", mode: "full", examined: 1, breaks: 1, worst: 0.5 }];
  expect(jobRecord.parse({ job: "reconcile", ...head, results }).results).toEqual([
    { ...results[0], drifting: [] },
  ]);
});
