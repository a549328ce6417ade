import type pg from "pg";
import type { TenantTarget } from "../api/database/master.ts";
import { connectedAs, tenantsOf } from "./job-databases.ts";
import { jobsEnv } from "./jobs-env.ts";
import type { ServiceChecks } from "./rollout/service-checks.ts";
import { tenantChecks } from "./tenant-checks.ts";

/**
 * The Lambda entry of what looks into the databases for the verbs and the judge, who are outside the network. It writes
 * nothing. Throws when one tenant cannot be read.
 */
export async function handler(): Promise<ServiceChecks> {
  const { master } = jobsEnv(process.env);
  const tenants = await tenantsOf(master);
  return connectedAs("part_lens_auditor", master, (client) => withClients(client, tenants, new Map()));
}

/** Opens one connection after the other, and looks when all are there. */
function withClients(
  master: pg.Client,
  [next, ...rest]: readonly TenantTarget[],
  clients: ReadonlyMap<string, pg.Client>,
): Promise<ServiceChecks> {
  if (!next) return tenantChecks(master, clients);
  return connectedAs("part_lens_auditor", next, (client) =>
    withClients(master, rest, new Map([...clients, [next.tenant, client]])),
  );
}
