import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { spellings } from "./many-tenants.ts";
import { median } from "./median.ts";
import { findPgbench, pgbenchMissing } from "./pgbench.ts";
import { isMet } from "./result.ts";
import { tableOf } from "./table.ts";

const out = mkdtempSync(join(tmpdir(), "part-lens-bench-test-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

interface Written {
  readonly results: readonly {
    section: string;
    what: string;
    value: number;
    limitedBy: string;
    met: boolean | null;
  }[];
  readonly skipped: readonly { reason: string }[];
}

const tiny = {
  seconds: "0.2",
  rounds: "1",
  connections: "2",
  yachts: "4",
  rows: "400",
  tenants: "6",
  databases: "2",
} as const;

describe("the benchmark", () => {
  it("measures every section, even with tiny counts, and writes a table and well-formed JSON", async () => {
    const sizes = Object.entries(tiny).flatMap(([name, value]) => [`--${name}`, value]);
    const args = ["test/bench/bench.ts", "--quick", "--no-durable", "--out", out, ...sizes];
    // Quiet processors are not asked for: only that everything is measured and written.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
    const { results, skipped } = JSON.parse(readFileSync(join(out, "bench.json"), "utf8")) as Written;
    expect([...new Set(results.map((result) => result.section))]).toEqual([
      "receive_part",
      "lens",
      "canonical reads",
      "tenants",
      "init",
    ]);
    for (const { what, value, limitedBy } of results) {
      expect([what, Number.isFinite(value), limitedBy !== ""]).toEqual([what, true, true]);
    }
    const ratios = results.filter(({ what }) => / \/ (pgbench|node-postgres)$/.test(what));
    expect(ratios).toHaveLength(findPgbench() ? 2 : 1);
    expect(skipped.map(({ reason }) => reason)).toEqual(findPgbench() ? [] : [pgbenchMissing]);
    expect(stdout).toContain("limited by");
    expect(stderr).toContain("round 1 of 1");
  });

  it("says what a table of results and skipped ones means", () => {
    const result = {
      section: "reads",
      what: "a / b",
      value: 0.5,
      unit: "×" as const,
      limitedBy: "database CPU",
    };
    const goal = { limit: 0.6, better: "higher" as const };
    expect([isMet(result), isMet({ ...result, goal }), isMet({ value: 0.6, goal })]).toEqual([
      undefined,
      false,
      true,
    ]);
    expect(isMet({ value: 2.1, goal: { limit: 2, better: "lower" } })).toBe(false);
    const skipped = [{ section: "reads", what: "c", reason: "it is not here" }];
    const text = tableOf({ results: [{ ...result, goal }], skipped });
    expect(text).toContain("≥ 0.6 ✗");
    expect(text).toContain("skipped: reads, c: it is not here");
  });

  it("gives the middle of an odd and of an even number of values", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(() => median([])).toThrow(RangeError);
  });

  it("spells one address in as many ways as there are tenants on a database", () => {
    expect(new Set(spellings(81)).size).toBe(81);
    expect(spellings(2)).toEqual(["127.0.0.1", "0x7f.0.0.1"]);
  });
});
