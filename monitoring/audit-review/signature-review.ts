/** Reviews the signatures in a tenant's audit log, as the auditor. Source: domain.md, "After". */
import type { ClientBase } from "pg";
import { auditFindings } from "../../api/database/audit-chain.ts";
import { permittedRoles, signedActions } from "./permitted-roles.ts";

/** How often an action was done on a yacht in a role, and how many of these carry verified evidence. */
export interface Share {
  readonly yachtId: string;
  readonly action: string;
  readonly role: string;
  readonly version: string;
  readonly count: number;
  readonly signed: number;
}

/**
 * - `unsigned`: v2 adjusted or wrote off without verified evidence.
 * - `roleBypass`: the row's role, or the one its evidence was given in, may not do the action, or they differ.
 * - `reusedEvidence`: one user's TOTP step stands in two rows; a step is spent once.
 * - `evidenceTime`: the evidence was not given just before the row was written.
 * - `brokenChain`: the row does not follow from the one before, or rows are missing.
 */
export type DefectKind = "unsigned" | "roleBypass" | "reusedEvidence" | "evidenceTime" | "brokenChain";

export interface Defect {
  readonly kind: DefectKind;
  readonly yachtId: string;
  /** The row's place in the yacht's chain. */
  readonly sequence: number;
  readonly detail: string;
}

export interface SignatureReview {
  /** ISO 8601. The chain is followed from its beginning all the same. */
  readonly since: string;
  /** Audit rows in that time, and in the whole chain. */
  readonly rows: number;
  readonly chainRows: number;
  readonly distribution: readonly Share[];
  /** v2's adjusts and write-offs: all of them must carry evidence. */
  readonly signedActions: { readonly executed: number; readonly withEvidence: number };
  readonly defects: readonly Defect[];
}

const distributionQuery = `select yacht_id as "yachtId", action, role, version, count(*)::int as count,
    (count(*) filter (where part_lens.is_evidence(signature)))::int as signed
  from part_lens.pms_audit_log where happened_at >= $1
  group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

/** $1 since, $2 { action: roles }, $3 signed actions. A row can have several defects. */
const defectsQuery = `
  with entry as (
    select log.*, action = any($3::text[]) as must_sign, part_lens.is_evidence(signature) as has_evidence,
        $2::jsonb -> action as permitted
      from part_lens.pms_audit_log log where version = 'v2' and happened_at >= $1
  ), defect as (
    select yacht_id, sequence, 'unsigned' as kind, action || ' without verified evidence' as detail
      from entry where must_sign and not has_evidence
    union all
    select yacht_id, sequence, 'roleBypass', action || ' by ' || role
      from entry where permitted is not null and not permitted ? role
    union all
    select yacht_id, sequence, 'roleBypass',
        action || ' by ' || role || ' with evidence given as ' || coalesce(signature ->> 'role', 'nobody')
      from entry where must_sign and has_evidence
        and (signature ->> 'role' <> role or not permitted ? (signature ->> 'role'))
    union all
    select yacht_id, sequence, 'evidenceTime', 'evidence of ' || (signature ->> 'verified_at')
      from entry where must_sign and has_evidence and not coalesce(
        pg_input_is_valid(signature ->> 'verified_at', 'timestamptz') and abs(extract(epoch from
          happened_at - case when pg_input_is_valid(signature ->> 'verified_at', 'timestamptz')
            then (signature ->> 'verified_at')::timestamptz end)) <= $4, false)
    union all
    select yacht_id, sequence, 'reusedEvidence', 'step ' || (signature ->> 'step') || ' of ' || actor
      from (
        select entry.*, row_number() over (partition by actor, signature ->> 'step' order by happened_at) as use
          from entry where must_sign and has_evidence
      ) used where use > 1
  )
  select kind, yacht_id as "yachtId", sequence::int as sequence, detail from defect order by 2, 3, 1`;

/** A request ends within its deadline; this also allows for two clocks that differ. Seconds. */
const evidenceKeeps = 300;

const isSigned = ({ version, action }: Share) =>
  version === "v2" && (signedActions as readonly string[]).includes(action);

const total = (shares: readonly Share[], field: "count" | "signed") =>
  shares.reduce((sum, share) => sum + share[field], 0);

/**
 * Reviews what happened since then. Throws AuditLogHiddenError when the role would not see all rows, and PostgreSQL's
 * own errors. The client must not be in a transaction.
 */
export async function signatureReview(client: ClientBase, since: Date): Promise<SignatureReview> {
  const chain = await auditFindings(client);
  const at = since.toISOString();
  const distribution = (await client.query<Share>(distributionQuery, [at])).rows;
  const values = [at, JSON.stringify(permittedRoles), signedActions, evidenceKeeps];
  const defects = (await client.query<Defect>(defectsQuery, values)).rows;
  const broken = chain.broken.map(({ yacht_id, sequence, problem }) => ({
    kind: "brokenChain" as const,
    yachtId: yacht_id,
    sequence,
    detail: problem,
  }));
  const signed = distribution.filter(isSigned);
  return {
    since: at,
    rows: total(distribution, "count"),
    chainRows: chain.rows,
    distribution,
    signedActions: { executed: total(signed, "count"), withEvidence: total(signed, "signed") },
    defects: [...defects, ...broken],
  };
}
