import { connectedAs, inEachTenant, tenantsOf } from "../job-databases.ts";
import type { JobsEnv } from "../jobs-env.ts";
import { metricLine, metricNamespace } from "../metrics.ts";
import { type SignatureReview, signatureReview } from "./signature-review.ts";

export interface TenantReview extends SignatureReview {
  readonly tenant: string;
}

/** A week and an hour: a late run leaves no gap. */
export const reviewedMilliseconds = (7 * 24 + 1) * 3_600_000;

/** What the review tells of a tenant: v2's unsigned executions as the metric that rolls back, and an alert a defect. */
function linesOf(environment: string, { tenant, rows, defects }: TenantReview): string[] {
  const unsignedExecutions = defects.filter(({ kind }) => kind === "unsigned").length;
  const properties = { job: "review", tenant, rows };
  const alerts = defects.map(({ kind, yachtId, sequence, detail }) =>
    JSON.stringify({
      alert: `${tenant}: ${kind}, row ${sequence} of yacht ${yachtId}: ${detail}`,
      severity: "warning",
    }),
  );
  return [metricLine(metricNamespace(environment), "v2", { unsignedExecutions }, properties), ...alerts];
}

/** Reviews every tenant that MASTER knows. Throws TenantsFailedError when one could not be read. */
export async function review(
  { environment, master }: JobsEnv,
  { since, print }: { readonly since: Date; readonly print: (line: string) => void },
): Promise<TenantReview[]> {
  return inEachTenant(
    await tenantsOf(master),
    (tenant) =>
      connectedAs("part_lens_auditor", tenant, async (client) => ({
        tenant: tenant.tenant,
        ...(await signatureReview(client, since)),
      })),
    (found) => linesOf(environment, found).forEach(print),
  );
}
