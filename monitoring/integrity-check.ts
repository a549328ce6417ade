import * as z from "zod";
import { databaseMeasures } from "./database-checks.ts";
import { connectedAs, inEachTenant, mustSeeAll, tenantsOf } from "./job-databases.ts";
import type { JobsEnv } from "./jobs-env.ts";
import { metricLine, metricNamespace } from "./metrics.ts";

export interface TenantIntegrity {
  readonly tenant: string;
  /** Ledger and cache disagree, or a transaction has no owner: how often. */
  readonly breaks: number;
}

/** What rolls back as soon as it is seen. The judge's other measures wait for the end of a bake. Source: domain.md. */
const measures = ["ledgerMismatches", "orphanedTransactions"] as const;
const tables = ["pms_parts", "pms_inventory_stock", "pms_inventory_transactions"] as const;

const statement = `select ${measures
  .map((measure) => `(select count(*) from part_lens.${databaseMeasures[measure].view})`)
  .join(" + ")} as breaks`;

const breaksRow = z.object({ breaks: z.coerce.number().int() });

/**
 * Looks at every tenant that MASTER knows, and prints the metric line of each, zero included. It has no author: its
 * version is "any". Throws TenantsFailedError when one could not be read: none seen is not none there.
 */
export async function checkIntegrity(
  { environment, master }: JobsEnv,
  print: (line: string) => void,
): Promise<TenantIntegrity[]> {
  const tell = ({ tenant, breaks }: TenantIntegrity) => {
    const properties = { job: "integrity", tenant };
    print(metricLine(metricNamespace(environment), "any", { integrityBreaks: breaks }, properties));
  };
  return inEachTenant(
    await tenantsOf(master),
    (target) =>
      connectedAs("part_lens_auditor", target, async (client) => {
        await mustSeeAll(client, tables);
        const [row] = (await client.query(statement)).rows;
        return { tenant: target.tenant, breaks: breaksRow.parse(row).breaks };
      }),
    tell,
  );
}
