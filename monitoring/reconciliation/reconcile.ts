import type { TenantTarget } from "../../api/database/master.ts";
import { connectedAs, inEachTenant, tenantsOf } from "../job-databases.ts";
import type { JobsEnv } from "../jobs-env.ts";
import type { Cursors } from "./cursors.ts";
import { ledgerReading } from "./ledger-reading.ts";
import { breaksOf, driftAlerts, type Reconciliation, reconciliationLine } from "./reconciliation.ts";

export interface ReconcileOptions {
  /** Everything, not only what new ledger rows touched. */
  readonly full?: boolean;
  readonly cursors: Cursors;
  /** Takes the metric line and the alerts of each tenant. */
  readonly print: (line: string) => void;
}

/** A cursor passes only what is clean: a break is found again, and told again, until it is repaired. */
async function reconcileTenant(
  tenant: TenantTarget,
  full: boolean,
  cursors: Cursors,
): Promise<Reconciliation> {
  const since = full ? undefined : await cursors.read(tenant.tenant);
  const { at, ...reading } = await connectedAs("part_lens_auditor", tenant, (client) =>
    ledgerReading(client, since),
  );
  const found = { tenant: tenant.tenant, ...reading };
  if (breaksOf(found) === 0) await cursors.write(tenant.tenant, at);
  return found;
}

/** Reconciles every tenant that MASTER knows. Throws TenantsFailedError when one could not be read. */
export async function reconcile(
  { environment, master }: JobsEnv,
  { full = false, cursors, print }: ReconcileOptions,
): Promise<Reconciliation[]> {
  const tell = (found: Reconciliation) => {
    print(reconciliationLine(environment, found, Date.now()));
    for (const alert of driftAlerts(found)) print(JSON.stringify({ alert, severity: "warning" }));
  };
  return inEachTenant(await tenantsOf(master), (tenant) => reconcileTenant(tenant, full, cursors), tell);
}
