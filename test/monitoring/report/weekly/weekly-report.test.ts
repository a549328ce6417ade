import { describe, expect, it } from "vitest";
import { trendsOf } from "../../../../monitoring/report/weekly/trend.ts";
import { type DriftingPlace, daysOf, type Week } from "../../../../monitoring/report/weekly/week.ts";
import { concernsOf, renderWeek } from "../../../../monitoring/report/weekly/weekly-report.ts";
import type { LatencyDay } from "../../../../monitoring/trends/latency-days.ts";
import { sampleWeek } from "./sample-week.ts";

const week = sampleWeek();
const days = daysOf(week);

const drifting = (partId: string): DriftingPlace => ({
  ...{ tenant: "aegean-charter", yachtId: "yacht-1", partId, location: "engine store" },
  ...{ total: 12.5, cached: 9, drift: 0.28, days: ["2026-01-06", "2026-01-08"] },
});

/** P95 by day, of one action with that many requests a day. */
function latencyOf(values: readonly number[], requests = 100, tenant = "aegean-charter"): LatencyDay[] {
  return values.map((p95, index) => ({
    ...{ day: days[index]!, tenant, action: "receive_part", version: "v2" as const },
    ...{ requests, p95, p99: 2 * p95 },
  }));
}

describe("a trend", () => {
  it("compares the medians of the last two days with the first two", () => {
    const [trend] = trendsOf(latencyOf([10, 12, 11, 90, 13, 20, 24]), days);
    expect(trend).toMatchObject({ requests: 700, change: 2 });
  });

  it("takes the slowest tenant of each day, and never a mean", () => {
    const other = latencyOf([30, 5, 5, 5, 5, 5, 5], 100, "northern-owners");
    const [trend] = trendsOf([...latencyOf([10, 10, 10, 10, 10, 10, 10]), ...other], days);
    expect(trend?.p95).toEqual([30, 10, 10, 10, 10, 10, 10]);
  });

  it.each([
    ["with too few requests", latencyOf([10, 10, 10, 10, 10, 50, 50], 28)],
    ["with too few days", latencyOf([10, 10, 50], 100)],
  ])("says nothing %s", (_, rows) => {
    expect(trendsOf(rows, days)[0]?.change).toBeUndefined();
  });

  it("leaves a day without a request empty", () => {
    const rows = latencyOf([10, 10, 10, 10, 10, 10, 10]).filter(({ day }) => day !== days[2]);
    expect(trendsOf(rows, days)[0]?.p95).toEqual([10, 10, null, 10, 10, 10, 10]);
  });
});

describe("a week", () => {
  it("has seven days", () => {
    expect(days).toEqual(["05", "06", "07", "08", "09", "10", "11"].map((day) => `2026-01-${day}`));
  });

  it("concerns nobody when all is as it should be", () => {
    expect(concernsOf(week)).toEqual([]);
    expect(renderWeek(week)).toContain("Nothing needs a person.");
  });

  const spoilt: readonly [string, Partial<Week>, RegExp][] = [
    [
      "a break",
      { drift: [{ ...week.drift[0]!, breaks: 2, worst: 0.25 }] },
      /^2 breaks between ledger and cache$/,
    ],
    [
      "a defect",
      { signatures: [{ ...week.signatures[0]!, defects: [{ kind: "roleBypass", detail: "row 7" }] }] },
      /^1 defect in the signatures$/,
    ],
    [
      "a missing signature",
      { signatures: [{ ...week.signatures[0]!, withEvidence: 13 }] },
      /^1 signed action without/,
    ],
    ["a leak", { probes: [{ ...week.probes[0]!, violations: 1 }] }, /^a probe saw 1 foreign row or object$/],
    ["an orphan", { orphans: [{ ...week.orphans[0]!, objectsWithoutRow: 3 }] }, /^3 rows or objects without/],
    ["a rise", { latency: latencyOf([10, 10, 10, 10, 10, 13, 13]) }, /^P95 rises in receive_part$/],
    [
      "a job that did not run",
      { missing: ["no review of northern-owners"] },
      /^no review of northern-owners$/,
    ],
  ];

  it.each(spoilt)("names %s", (_, change, expected) => {
    const seen = { ...week, ...change };
    expect(concernsOf(seen)).toEqual([expect.stringMatching(expected)]);
    expect(renderWeek(seen)).toContain("1 thing needs a person.");
  });

  it("names part, yacht, location, ledger and cache of what drifted, and how many places are left out", () => {
    const places = Array.from({ length: 22 }, (_, index) => drifting(`part-${index}`));
    const report = renderWeek({ ...week, drifting: places });
    const [row] = report.match(/<tr>\n<th scope="row" class="id">part-0<[\s\S]*?<\/tr>/) ?? [];
    for (const text of ["yacht-1", "aegean-charter", "engine store", ">12.5<", ">9<", "28 %"])
      expect(row).toContain(text);
    expect(row).toContain("2026-01-06 to 2026-01-08");
    expect(report).toContain("part-19");
    expect(report).not.toContain("part-20");
    expect(report).toContain("And 2 places more");
    expect(renderWeek(week)).not.toContain("Where it drifted");
  });

  it("is one HTML file that refers to nothing outside, runs no script and escapes what it is given", () => {
    const evil = `<script>alert("x")</script>`;
    const report = renderWeek({
      ...week,
      environment: evil,
      missing: [evil],
      drift: [{ ...week.drift[0]!, tenant: evil }],
      drifting: [{ ...drifting(evil), tenant: evil, yachtId: evil, location: evil, days: [evil] }],
      signatures: [{ ...week.signatures[0]!, tenant: evil, defects: [{ kind: evil, detail: evil }] }],
      latency: latencyOf([10]).map((row) => ({ ...row, action: evil })),
      slowCalls: [{ ...week.slowCalls[0]!, call: evil }],
      indexAdvice: [{ tenant: evil, table: evil, advice: evil }],
    });
    expect(report).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)/i);
    expect(report).not.toMatch(/\b(?:src|href)\s*=/i);
    expect(report).toContain("&lt;script&gt;");
  });

  it("says of each part that there is nothing, rather than leaving it out", () => {
    const empty: Week = {
      ...{ environment: "dev", from: week.from, to: week.to, missing: [] },
      ...{
        drift: [],
        drifting: [],
        signatures: [],
        latency: [],
        slowCalls: [],
        indexAdvice: [],
        probes: [],
        orphans: [],
      },
    };
    const report = renderWeek(empty);
    for (const text of [
      "Nothing was reconciled",
      "No audit log was reviewed",
      "No request",
      "No call",
      "Nothing was probed",
    ])
      expect(report).toContain(text);
  });
});
