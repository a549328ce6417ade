/**
 * Tries to reach rows of other yachts, as the API's own role. Every attempt ends with a rollback; one that a policy
 * lets through is a violation, whatever stops it later. Source: domain.md, "rls_leak".
 */
import { randomUUID } from "node:crypto";
import pg from "pg";

export interface Violation {
  /** Whose scope it was: nobody's, a stranger's to this database, or a yacht's that has neighbours. */
  readonly identity: "none" | "stranger" | "neighbour";
  readonly operation: "read" | "insert" | "update" | "delete" | "function";
  /** The table, view or function. */
  readonly target: string;
  readonly detail: string;
}

export interface Probed {
  readonly attempts: number;
  readonly violations: readonly Violation[];
}

/** A yacht and a part of hers that exist in this database. */
export interface Sample {
  readonly yachtId: string;
  readonly partId: string;
}

interface Relation {
  readonly name: string;
  readonly table: boolean;
  /** A column that the API may update; null when it may update none. */
  readonly column: string | null;
}

type Attempt = Omit<Violation, "identity" | "detail"> & { readonly text: string };

const relationsQuery = `select relname as name, relkind in ('r', 'p') as table, (
    select attname from pg_attribute where attrelid = found.oid and attnum > 0 and not attisdropped
      and has_column_privilege(found.oid, attnum, 'update') order by attnum limit 1
  ) as column
  from pg_class found
  where relnamespace = 'part_lens'::regnamespace and relkind in ('r', 'p', 'v', 'm') and exists (
    select from pg_attribute where attrelid = found.oid and attname = 'yacht_id' and not attisdropped
  ) order by 1`;

/** Refused by privilege or policy. */
const refused = "42501";
/** Functions answer a foreign part so. */
const notFound = "PL001";

const literal = pg.escapeLiteral;
const foreignTo = (scope: string) => `yacht_id is distinct from nullif(${literal(scope)}, '')::uuid`;

function attemptsOn({ name, table, column }: Relation, scope: string): Attempt[] {
  const foreign = foreignTo(scope);
  const oneRow = `ctid = (select ctid from part_lens.${name} where ${foreign} limit 1) returning 1`;
  const attempt = (operation: Violation["operation"], text: string) => ({ operation, target: name, text });
  const read = attempt("read", `select from part_lens.${name} where ${foreign} limit 1`);
  if (!table) return [read];
  const changes = [
    // The policy is asked before any constraint: the row needs no more than a yacht.
    attempt(
      "insert",
      `insert into part_lens.${name} (yacht_id) values (${literal(randomUUID())}) returning 1`,
    ),
    attempt("delete", `delete from part_lens.${name} where ${oneRow}`),
  ];
  if (!column) return [read, ...changes];
  const update = `update part_lens.${name} set ${column} = ${column} where ${oneRow}`;
  return [read, ...changes, attempt("update", update)];
}

/** What the API would call for a foreign part. */
function calls(scope: string, { partId }: Sample): Attempt[] {
  const payloads = {
    v1_view_part: { part_id: partId },
    v2_view_part_details: { part_id: partId },
    v2_receive_part: { part_id: partId, quantity_received: 1 },
    v2_consume_part: { part_id: partId, quantity: 1 },
  };
  const asked = {
    user_id: randomUUID(),
    yacht_id: scope,
    role: "manager",
    version: "v2",
    request_id: "probe",
  };
  return Object.entries(payloads).map(([name, payload]) => ({
    operation: "function",
    target: name,
    text: `select part_lens.${name}(${literal(JSON.stringify(asked))}, ${literal(JSON.stringify(payload))})`,
  }));
}

/** An attempt and all around it in one message: a job that runs every minute must not cost a round trip for each. */
function messageOf(scope: string, { text }: Attempt): string {
  return [
    "begin",
    "set local statement_timeout = '10s'",
    "set local lock_timeout = '1s'",
    `select set_config('app.yacht_id', ${literal(scope)}, true)`,
    text,
    "rollback",
  ].join(";\n");
}

/** What was wrong with how the attempt ended; undefined: it was kept out. Throws what is no answer of the database. */
async function escaped(client: pg.ClientBase, scope: string, attempt: Attempt): Promise<string | undefined> {
  try {
    const answered = (await client.query(messageOf(scope, attempt))) as unknown as pg.QueryResult[];
    // The last but one: after it there is the rollback.
    if (!answered.at(-2)?.rowCount) return undefined;
    return attempt.operation === "read" ? "a row was seen" : "it was done";
  } catch (error) {
    // What failed has skipped it.
    await client.query("rollback");
    const { code, message } = error as pg.DatabaseError;
    const kept = attempt.operation === "function" ? [refused, notFound] : [refused];
    if (code && kept.includes(code)) return undefined;
    // A time limit, a lost connection and the like tell nothing of policies; what comes after them does.
    if (!code || !/^(23|PL)/.test(code)) throw error;
    return `the policy let it through: ${message}`;
  }
}

/** Probes one database. Throws PostgreSQL's error when an attempt ended in none of the expected ways. */
export async function rowProbe(client: pg.ClientBase, sample: Sample | undefined): Promise<Probed> {
  const relations = (await client.query<Relation>(relationsQuery)).rows;
  if (relations.length === 0) throw new Error("no table with yachts was found: nothing was probed");
  const identities = {
    none: "",
    stranger: randomUUID(),
    ...(sample && { neighbour: sample.yachtId }),
  };
  const violations: Violation[] = [];
  let attempts = 0;
  for (const [identity, scope] of Object.entries(identities)) {
    const rows = relations.flatMap((relation) => attemptsOn(relation, scope));
    const functions = identity === "stranger" && sample ? calls(scope, sample) : [];
    for (const attempt of [...rows, ...functions]) {
      attempts++;
      const detail = await escaped(client, scope, attempt);
      if (detail === undefined) continue;
      const { operation, target } = attempt;
      violations.push({ identity: identity as Violation["identity"], operation, target, detail });
    }
  }
  return { attempts, violations };
}
