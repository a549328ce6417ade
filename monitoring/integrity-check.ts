import * as z from "zod";
import { databaseMeasures, type TenantQuery } from "./database-checks.ts";
import { metricLine, metricNamespace } from "./metrics.ts";

/** What rolls back as soon as it is seen. The judge's other measures wait for the end of a bake. Source: domain.md. */
const measures = ["ledgerMismatches", "orphanedTransactions"] as const;

const statement = `select ${measures
  .map((measure) => `(select count(*) from part_lens.${databaseMeasures[measure].view})`)
  .join(" + ")} as breaks`;

const breaksRow = z.object({ breaks: z.coerce.number().int() });

/** Ledger and cache disagree, or a transaction has no owner: how often, in all tenants. Rejects when one cannot be read. */
export async function integrityBreaks(query: TenantQuery, tenants: readonly string[]): Promise<number> {
  const found = await Promise.all(tenants.map((tenant) => query(tenant, statement)));
  return found.reduce((sum, [row]) => sum + breaksRow.parse(row).breaks, 0);
}

/** The metric line of one check, zero included. It has no author: its version is "any". */
export function integrityLine(environment: string, breaks: number, at: number): string {
  return metricLine(metricNamespace(environment), "any", { integrityBreaks: breaks }, {}, at);
}
