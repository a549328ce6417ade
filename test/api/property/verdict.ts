/** What must hold at the end, whatever was killed meanwhile; every break as a sentence. */
import { auditFindings } from "../../../api/database/audit-chain.ts";
import { tenantOf, type YachtName, yachts } from "../../support/fleet.ts";
import { integrityBreaks } from "../../support/stock.ts";
import type { TestApi } from "../harness.ts";
import type { Ended } from "./client.ts";
import { effectOf } from "./requests.ts";

interface Written {
  readonly request_id: string;
  readonly execution_id: string;
  readonly change: number;
}

/** Audit rows with what the ledger moved by in the same request. */
const writtenQuery = `select audit.request_id, audit.execution_id, coalesce((
    select sum(quantity_change) from part_lens.pms_inventory_transactions ledger
      where ledger.yacht_id = audit.yacht_id and ledger.request_id = audit.request_id
  ), 0)::float8 as change
  from part_lens.pms_audit_log audit where audit.version <> 'import'`;

const negativeQuery = `select 'on hand is negative' as view, * from part_lens.on_hand where on_hand < 0
  union all select 'a place is negative', yacht_id, stock_id, sum(quantity_change)
    from part_lens.pms_inventory_transactions group by yacht_id, stock_id having sum(quantity_change) < 0`;

/** Every accepted request has been written once and as answered; what was refused has not. */
function accountOf(ended: readonly Ended[], written: readonly Written[]): string[] {
  const byRequest = Map.groupBy(written, (row) => row.request_id);
  const problems: string[] = [];
  for (const { mutation, requestIds, outcome, result, wrong } of ended) {
    const rows = requestIds.flatMap((id) => byRequest.get(id) ?? []);
    const title = `${mutation.action} ${mutation.key ?? "without key"} (${outcome})`;
    problems.push(...wrong.map((text) => `${title}: ${text}`));
    const most = outcome === "refused" ? 0 : 1;
    const least = outcome === "accepted" ? 1 : 0;
    if (rows.length < least) problems.push(`${title}: lost`);
    if (rows.length > most) problems.push(`${title}: executed ${rows.length} times`);
    const [row] = rows;
    if (outcome !== "accepted" || !row) continue;
    if (row.execution_id !== result.execution_id) problems.push(`${title}: answered with another execution`);
    const effect = effectOf(mutation, result);
    if (row.change !== effect) problems.push(`${title}: moved ${row.change} instead of ${effect}`);
  }
  const asked = new Set(ended.flatMap(({ requestIds }) => requestIds));
  const strays = written.filter((row) => !asked.has(row.request_id));
  return [...problems, ...strays.map((row) => `nobody asked for ${row.request_id}`)];
}

async function tenantProblems(api: TestApi, tenant: "alpha" | "beta"): Promise<string[]> {
  const auditor = await api.postgres.client("part_lens_auditor", api.postgres.tenants[tenant]);
  const breaks = [...(await integrityBreaks(auditor)), ...(await auditor.query(negativeQuery)).rows];
  const audit = await auditFindings(auditor);
  await auditor.end();
  return [...breaks, ...audit.broken].map((found) => `${tenant}: ${JSON.stringify(found)}`);
}

/** Of everything that has ended since the databases were made. */
export async function problemsOf(api: TestApi, ended: readonly Ended[]): Promise<string[]> {
  const problems: string[] = [];
  for (const tenant of ["alpha", "beta"] as const) {
    problems.push(...(await tenantProblems(api, tenant)));
    const superuser = await api.postgres.client("postgres", api.postgres.tenants[tenant]);
    const names = (Object.keys(yachts) as YachtName[]).filter((name) => tenantOf[name] === tenant);
    const here = ended.filter(({ mutation }) => names.includes(mutation.yacht));
    problems.push(...accountOf(here, (await superuser.query<Written>(writtenQuery)).rows));
    await superuser.end();
  }
  return problems;
}
