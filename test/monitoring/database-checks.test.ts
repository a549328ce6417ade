import { expect, it } from "vitest";
import { countStatement, databaseChecks } from "../../monitoring/database-checks.ts";

it("adds up what every tenant has, and takes the largest drift, as PostgreSQL sends them", async () => {
  const asked: string[] = [];
  const checks = databaseChecks(
    async (tenant, sql) => {
      asked.push(`${tenant} ${sql}`);
      if (sql.includes("max(drift)"))
        return [{ count: tenant === "north" ? "0.0500" : "0.002", examined: "10" }];
      return [{ count: sql.includes("ledger_mismatches") ? "1" : "0", examined: "10" }];
    },
    ["north", "south"],
  );
  expect(await checks.findings()).toEqual({
    ledgerMismatches: { count: 2, examined: 20 },
    orphanedTransactions: { count: 0, examined: 20 },
    duplicateKeys: { count: 0, examined: 20 },
    signedWithoutEvidence: { count: 0, examined: 20 },
    drift: { count: 0.05, examined: 20 },
  });
  expect(asked).toContain(`south ${countStatement("duplicateKeys")}`);
  expect(asked).toHaveLength(10);
});

it("rejects when one tenant cannot be read", async () => {
  const down = async (tenant: string) => {
    if (tenant === "south") throw new Error("connection refused");
    return [{ count: 0, examined: 1 }];
  };
  await expect(databaseChecks(down, ["north", "south"]).findings()).rejects.toThrow("connection refused");
});

it("rejects an answer that is no count", async () => {
  await expect(databaseChecks(async () => [], ["north"]).findings()).rejects.toThrow();
});
