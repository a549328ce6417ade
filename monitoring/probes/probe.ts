import type { TenantTarget } from "../../api/database/master.ts";
import { connectedAs, inEachTenant, mustSeeAll, tenantsOf } from "../job-databases.ts";
import type { JobsEnv } from "../jobs-env.ts";
import { metricLine, metricNamespace } from "../metrics.ts";
import { type Probed, rowProbe, type Sample } from "./row-probe.ts";

export interface TenantProbe extends Probed {
  readonly tenant: string;
}

const sampleQuery = `select yacht_id as "yachtId", id as "partId" from part_lens.pms_parts limit 1`;

async function probeTenant(tenant: TenantTarget): Promise<TenantProbe> {
  const sample = await connectedAs("part_lens_auditor", tenant, async (client) => {
    // Without a yacht to take for the neighbour, half of the attempts would not be made.
    await mustSeeAll(client, ["pms_parts"]);
    return client.query<Sample>(sampleQuery);
  });
  const probed = await connectedAs("part_lens_api", tenant, (client) => rowProbe(client, sample.rows[0]));
  return { tenant: tenant.tenant, ...probed };
}

function linesOf(environment: string, { tenant, attempts, violations }: TenantProbe): string[] {
  const values = { rlsLeak: violations.length };
  const properties = { job: "probe", tenant, attempts };
  const told = violations.map((violation) => JSON.stringify({ violation: { tenant, ...violation } }));
  return [metricLine(metricNamespace(environment), "v2", values, properties), ...told];
}

/** Probes every tenant that MASTER knows. Throws TenantsFailedError when one could not be probed. */
export async function probe(
  { environment, master }: JobsEnv,
  print: (line: string) => void,
): Promise<TenantProbe[]> {
  const tell = (found: TenantProbe) => linesOf(environment, found).forEach(print);
  return inEachTenant(await tenantsOf(master), probeTenant, tell);
}
