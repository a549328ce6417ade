import { connectedAs, inEachTenant, tenantsOf } from "../job-databases.ts";
import type { JobsEnv } from "../jobs-env.ts";
import { type QueryReview, queryReview } from "./slow-calls.ts";

export interface TenantQueries extends QueryReview {
  readonly tenant: string;
}

/**
 * Reviews what takes the time of every tenant's database, as the auditor. Throws TenantsFailedError when one could not
 * be reviewed: it needs the extension pg_stat_statements in each, and the auditor in pg_read_all_stats.
 */
export async function reviewQueries({ master }: JobsEnv): Promise<TenantQueries[]> {
  return inEachTenant(
    await tenantsOf(master),
    (target) =>
      connectedAs("part_lens_auditor", target, async (client) => ({
        tenant: target.tenant,
        ...(await queryReview(client)),
      })),
    () => undefined,
  );
}
