import type { ClientBase } from "pg";
import { databaseState } from "../api/database/catalogue.ts";
import type { DatabaseKind } from "../api/database/sql-bundle.ts";
import { databaseChecks } from "./database-checks.ts";
import type { DatabaseCheck, ServiceChecks } from "./rollout/service-checks.ts";

/**
 * How MASTER and the tenants' databases stand, and what the checks count in the tenants. `clients`: one of each tenant, by
 * its id; all are signed in as the auditor. Throws what PostgreSQL throws: what cannot be read is nothing that holds.
 */
export async function tenantChecks(
  master: ClientBase,
  clients: ReadonlyMap<string, ClientBase>,
): Promise<ServiceChecks> {
  const tenants = [...clients].map(([tenant, client]) => checked(tenant, client, "tenant"));
  const databases = await Promise.all([checked("MASTER", master, "master"), ...tenants]);
  const query = async (tenant: string, sql: string) => (await clients.get(tenant)?.query(sql))?.rows ?? [];
  return { databases, findings: await databaseChecks(query, [...clients.keys()]).findings() };
}

async function checked(database: string, client: ClientBase, kind: DatabaseKind): Promise<DatabaseCheck> {
  const { migrated, drifted } = await databaseState(client, kind);
  return { database, migrated, drifted: [...drifted] };
}
