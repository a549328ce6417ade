import { expect, it } from "vitest";
import { integrityBreaks, integrityLine } from "../../monitoring/integrity-check.ts";

it("adds up the breaks of all tenants, from one statement each", async () => {
  const asked: string[] = [];
  const breaks: Readonly<Record<string, string>> = { aegean: "2", northern: "0" };
  const query = async (tenant: string, sql: string) => {
    asked.push(`${tenant}: ${sql}`);
    return [{ breaks: breaks[tenant] }];
  };
  expect(await integrityBreaks(query, ["aegean", "northern"])).toBe(2);
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/^aegean: .*ledger_mismatches.*orphaned_transactions/);
});

it("rejects when a tenant cannot be read: none seen is not none there", async () => {
  const query = async (tenant: string) => {
    if (tenant === "northern") throw new Error("connection refused");
    return [{ breaks: "0" }];
  };
  await expect(integrityBreaks(query, ["aegean", "northern"])).rejects.toThrow("connection refused");
  await expect(integrityBreaks(async () => [], ["aegean"])).rejects.toThrow();
});

it("counts them for no version", () => {
  expect(JSON.parse(integrityLine("local", 3, 7))).toMatchObject({
    Version: "any",
    IntegrityBreaks: 3,
    _aws: { Timestamp: 7 },
  });
});
