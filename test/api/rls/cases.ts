/**
 * What each role may do to the rows of each tenant table, stated by hand: the expectation that row level security,
 * grants and triggers are held against. A new table needs its lines here.
 * Source: domain.md, "Data".
 */
export const roles = ["part_lens_api", "part_lens_migrator", "part_lens_auditor"] as const;
export const operations = ["select", "insert", "update", "delete"] as const;

/**
 * Whose rows are touched: the yacht's of the scope; another yacht's of the same tenant; another tenant's, in its own
 * database; some yacht's by a session without a scope.
 */
export const situations = ["own", "foreignYacht", "foreignTenant", "anonymous"] as const;

export type CaseRole = (typeof roles)[number];
export type Operation = (typeof operations)[number];
export type Situation = (typeof situations)[number];

/** `hidden`: no error and no row. A SQLSTATE: refused (42501 privilege or policy, PL008 append-only, 23503 in use). */
export type Outcome = "allowed" | "hidden" | "42501" | "PL008" | "23503";

type Outcomes = Readonly<Record<Situation, Outcome>>;
type Rights = Readonly<Record<Operation, Outcomes>>;

const all = (outcome: Outcome): Outcomes => ({
  own: outcome,
  foreignYacht: outcome,
  foreignTenant: outcome,
  anonymous: outcome,
});
const allowed = all("allowed");
const refused = all("42501");
const appendOnly = all("PL008");
const inUse = all("23503");
/** Of its own yacht; the rows of others are not there. */
const ownSeen: Outcomes = { ...all("hidden"), own: "allowed" };
/** For its own yacht; a row for another one is refused. */
const ownWritten: Outcomes = { ...refused, own: "allowed" };

const reads: Rights = { select: ownSeen, insert: refused, update: refused, delete: refused };
const appends: Rights = { ...reads, insert: ownWritten };
const writes: Rights = { ...appends, update: ownSeen };

/** The migrator loads inventories and moves yachts: all rows, but what is append-only stays so for it too. */
const loads: Rights = { select: allowed, insert: allowed, update: allowed, delete: allowed };
const loadsParents: Rights = { ...loads, delete: inUse };
const loadsLog: Rights = { ...loads, update: appendOnly, delete: appendOnly };

/** The jobs read everything, whatever scope they carry, and write nothing. */
const audits: Rights = { select: allowed, insert: refused, update: refused, delete: refused };

const rightsOf = (api: Rights, migrator: Rights): Readonly<Record<CaseRole, Rights>> => ({
  part_lens_api: api,
  part_lens_migrator: migrator,
  part_lens_auditor: audits,
});

export const cases: Readonly<Record<string, Readonly<Record<CaseRole, Rights>>>> = {
  pms_parts: rightsOf(reads, loadsParents),
  pms_inventory_stock: rightsOf(writes, loadsParents),
  pms_inventory_transactions: rightsOf(appends, loadsLog),
  pms_idempotency_keys: rightsOf(writes, loads),
  pms_shopping_list_items: rightsOf(appends, loads),
  pms_part_usage: rightsOf(appends, loads),
  pms_audit_log: rightsOf(appends, loadsLog),
  storage_objects: rightsOf(writes, loads),
};

/** Tables without rows of a yacht, and so without policies: the API has no right on them whatever. */
export const withoutYacht = ["migrations"] as const;

/** The column that an update touches: one that the API may change, where it may change any. Else yacht_id. */
export const touched: Readonly<Record<string, string>> = {
  pms_inventory_stock: "quantity",
  pms_idempotency_keys: "result",
  storage_objects: "state",
};

/**
 * Mutants of a policy that no case can notice, with the lock that still holds: the privileges named here, which the
 * role must not have. Anything else that survives is a hole.
 */
export const survivors: Readonly<
  Record<string, { readonly reason: string; readonly role: CaseRole; readonly lacks: readonly string[] }>
> = {
  "pms_parts own_yacht check": {
    reason: "the API writes no part: without INSERT and UPDATE no check is ever asked",
    role: "part_lens_api",
    lacks: ["INSERT", "UPDATE"],
  },
};
