import * as z from "zod";

/** How many break the rule, and how many were looked at: none of none proves nothing. */
export interface Finding {
  /** Of `drift`: the largest, as a share. */
  readonly count: number;
  readonly examined: number;
}

/** What is counted in the tenant databases: the view that lists the breaks, and what it looks at. */
export const databaseMeasures = {
  ledgerMismatches: { view: "ledger_mismatches", examined: "pms_inventory_stock" },
  orphanedTransactions: { view: "orphaned_transactions", examined: "pms_inventory_transactions" },
  duplicateKeys: { view: "duplicate_keys", examined: "pms_idempotency_keys" },
  // v1's unsigned adjusts are legitimate and not counted. Source: domain.md.
  signedWithoutEvidence: {
    view: "signed_without_evidence",
    examined: "pms_audit_log where version = 'v2' and action in ('adjust_stock_quantity', 'write_off_part')",
  },
  drift: { view: "ledger_mismatches", largest: "drift", examined: "pms_inventory_stock" },
} as const satisfies Record<string, { view: string; examined: string; largest?: string }>;

export type DatabaseMeasure = keyof typeof databaseMeasures;
export type DatabaseFindings = Readonly<Record<DatabaseMeasure, Finding>>;

export interface DatabaseChecks {
  /** Counts in every tenant as it is now. Rejects when one tenant cannot be read: the rest would prove too little. */
  findings(): Promise<DatabaseFindings>;
}

/** Runs a statement in a tenant's database as the auditor, who may read every row. */
export type TenantQuery = (
  tenant: string,
  sql: string,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const countRow = z.object({ count: z.coerce.number(), examined: z.coerce.number().int() });

export function databaseChecks(query: TenantQuery, tenants: readonly string[]): DatabaseChecks {
  const measures = Object.keys(databaseMeasures) as DatabaseMeasure[];
  return {
    async findings() {
      const found = measures.map(async (measure) => {
        const perTenant = await Promise.all(tenants.map((tenant) => countIn(query, tenant, measure)));
        const together = isLargest(measure) ? worst : sum;
        return [measure, perTenant.reduce(together, { count: 0, examined: 0 })] as const;
      });
      return Object.fromEntries(await Promise.all(found)) as DatabaseFindings;
    },
  };
}

/** The statement behind a measure: what a verdict gives as its query. */
export function countStatement(measure: DatabaseMeasure): string {
  const { view, examined, largest }: { view: string; examined: string; largest?: string } =
    databaseMeasures[measure];
  const counted = largest ? `coalesce(max(${largest}), 0)` : "count(*)";
  return (
    `select (select ${counted} from part_lens.${view}) as count, ` +
    `(select count(*) from part_lens.${examined}) as examined`
  );
}

async function countIn(query: TenantQuery, tenant: string, measure: DatabaseMeasure): Promise<Finding> {
  const [row] = await query(tenant, countStatement(measure));
  return countRow.parse(row);
}

function isLargest(measure: DatabaseMeasure): boolean {
  return "largest" in databaseMeasures[measure];
}

function worst(a: Finding, b: Finding): Finding {
  return { count: Math.max(a.count, b.count), examined: a.examined + b.examined };
}

function sum(a: Finding, b: Finding): Finding {
  return { count: a.count + b.count, examined: a.examined + b.examined };
}
