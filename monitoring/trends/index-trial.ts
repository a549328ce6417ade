import type { ClientBase, QueryConfig } from "pg";
import { lockNotAvailable, queryCanceled } from "../../api/database/sqlstate.ts";

export interface IndexTrial {
  /** In the planner's units. */
  readonly before: number;
  readonly after: number;
  /** Whether the planner would take the index. */
  readonly used: boolean;
}

export interface TrialRequest {
  /** `create index …`, one statement. */
  readonly index: string;
  /** The query that it is for; $1, $2, … may stand for its values. */
  readonly statement: string;
  /** How long the table may be blocked for writing, in milliseconds. */
  readonly within?: number;
}

/** What is tried is no index, or nothing that it could be for. The message says what to do. */
export class TrialRefusedError extends Error {
  override readonly name = "TrialRefusedError";
}

const creation = /^\s*create\s+(unique\s+)?index\s(?!\s*concurrently\b)/i;
const trial = "part_lens_trial";
const defaultWithin = 10_000;
const indexesQuery = `select relname from pg_class where relkind = 'i' and relnamespace = 'part_lens'::regnamespace`;

/**
 * What a query would cost with an index: the index is really built, in a transaction that is rolled back, and the query
 * is planned, never run. It blocks writes to the table meanwhile: for a copy, or a quiet hour. The client is the
 * migrator's, who sees every row: a query of the API's names its yacht. Gives up when the table is not free within a
 * second. Throws a TrialRefusedError, and what PostgreSQL answers to the two statements.
 */
export async function tryIndex(
  client: ClientBase,
  { index, statement, within = defaultWithin }: TrialRequest,
): Promise<IndexTrial> {
  if (!creation.test(index))
    throw new TrialRefusedError(
      "what is tried begins with create index or create unique index, without concurrently",
    );
  // A plan for all values, as that of a call which runs often.
  const settings = [
    "set local lock_timeout = '1s'",
    `set local statement_timeout = ${Math.trunc(within)}`,
    "set local search_path = part_lens, public",
    "set local plan_cache_mode = force_generic_plan",
  ];
  let prepared = false;
  await client.query("begin");
  try {
    await client.query(settings.join("; "));
    await alone(client, `prepare ${trial} as ${statement}`);
    prepared = true;
    const before = await planOf(client);
    const made = await built(client, index);
    const after = await planOf(client);
    return { before: before.cost, after: after.cost, used: after.indexes.has(made) };
  } catch (error) {
    throw explained(error, within);
  } finally {
    await client.query("rollback");
    // What is prepared outlives its transaction.
    if (prepared) await client.query(`deallocate ${trial}`);
  }
}

/** Builds it as the owner; its name. */
async function built(client: ClientBase, index: string): Promise<string> {
  const names = async () => (await client.query<{ relname: string }>(indexesQuery)).rows;
  const known = new Set((await names()).map(({ relname }) => relname));
  await client.query("set local role part_lens_owner");
  await alone(client, index);
  await client.query("reset role");
  const made = (await names()).find(({ relname }) => !known.has(relname));
  if (made) return made.relname;
  throw new TrialRefusedError("there is an index of that name already");
}

interface PlanNode {
  readonly "Total Cost": number;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

async function planOf(client: ClientBase) {
  const { rows: found } = await client.query(
    "select cardinality(parameter_types) as count from pg_prepared_statements where name = $1",
    [trial],
  );
  const values = Array(found[0]?.count ?? 0).fill("null");
  const call = values.length === 0 ? trial : `${trial}(${values.join(", ")})`;
  const { rows } = await client.query(`explain (format json) execute ${call}`);
  const root = rows[0]["QUERY PLAN"][0].Plan as PlanNode;
  return { cost: root["Total Cost"], indexes: new Set(indexesOf(root)) };
}

function indexesOf({ "Index Name": index, Plans = [] }: PlanNode): string[] {
  return [...(index ? [index] : []), ...Plans.flatMap(indexesOf)];
}

/** By the extended protocol, which takes one statement: a second one in the text could end the transaction. */
function alone(client: ClientBase, text: string) {
  return client.query({ text, queryMode: "extended" } as QueryConfig);
}

function explained(error: unknown, within: number): unknown {
  const { code } = error as { code?: string };
  const cause = { cause: error };
  if (code === lockNotAvailable)
    return new TrialRefusedError(
      "the table was not free within a second: try again in a quiet minute",
      cause,
    );
  if (code === queryCanceled)
    return new TrialRefusedError(`the index was not built within ${within / 1000} s: see --within`, cause);
  return error;
}
