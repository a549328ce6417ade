/**
 * Moves a tenant to the database that the config wants it in. Writes are stopped for this tenant alone, reads go on;
 * what is interrupted is run again or aborted. Source: domain.md, "Data"; docs/runbook.md, "Move a tenant".
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { auditFindings } from "../audit-chain.ts";
import { connection, type DatabaseTarget } from "../connection.ts";
import { routeKeptMilliseconds } from "../router.ts";
import { sqlFailure } from "../sqlstate.ts";
import { lockMove, MoveRefused, stepMove, type TenantMove, tenantMove } from "./move-record.ts";
import { copyTables, differences, emptyTables, type TableState, tableStates } from "./table-copy.ts";
import { tenantTables } from "./tenant-tables.ts";
import { letWrite, stopWrites, writesAreStopped } from "./write-stop.ts";

export interface MoveOptions {
  /** Connected to MASTER as the migrator. */
  readonly master: pg.Client;
  readonly tenant: string;
  /** The cluster that it must be going to: the config says so, and so does whoever calls. */
  readonly to: string;
  /** The rows that are there already may go: they are an earlier copy. */
  readonly overwrite?: boolean;
  readonly tell?: (text: string) => void;
  readonly onRows?: (rows: number) => void;
}

export interface Moved {
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
  /** What was copied and found the same; empty where an earlier run had done that. */
  readonly tables: readonly TableState[];
  /** How long writes were stopped; undefined where an earlier run stopped them. */
  readonly stoppedSeconds?: number;
}

/** Beyond the time that a route is kept: an answer that was on its way when it was asked for. */
const marginMilliseconds = 1_000;
const migrator = "part_lens_migrator";
const lockNotAvailable = "55P03";
/** What the migrator locks: it waits for a move, and a move for it. */
const migrationsLock = "hashtextextended('part_lens.migrations', 0)";

/** The two databases of a move, connected, and no migrator in either. */
interface Ends {
  readonly source: pg.Client;
  readonly target: pg.Client;
  readonly tables: readonly string[];
}

/**
 * Copies, compares, routes the requests there, and lets the tenant write again. What is done already is not done twice.
 * The old database keeps its rows and refuses writes. Throws MoveRefused, CopyDiffers, WritesNotStopped,
 * TablesNotMovable, and PostgreSQL's own errors; after those run it again, or abort.
 */
export async function moveTenant(options: MoveOptions): Promise<Moved> {
  const { master, tenant, tell = () => {} } = options;
  await lockMove(master, tenant);
  let move = await wanted(options);
  const { from, to } = move;
  const done = { tenant, from: from.cluster, to: to.cluster, tables: [] };
  if (move.state === "moved") return done;
  return withEnds(move, async (ends) => {
    if (move.state === "planned") {
      await refuseUnfit(ends, options);
      move = await stepMove(master, tenant, "planned", "moving");
    }
    const started = performance.now();
    let tables: readonly TableState[] = [];
    if (move.state === "moving") {
      tables = await copied(ends, options);
      move = await stepMove(master, tenant, "moving", "switched");
      tell(`requests are routed to ${to.cluster}`);
    }
    await routesForgotten(move, tell);
    await letWrite(ends.target, ends.tables);
    await stepMove(master, tenant, "switched", "moved");
    const stoppedSeconds = (performance.now() - started) / 1_000;
    tell(`writes go on, on ${to.cluster}; the database on ${from.cluster} is kept and refuses writes`);
    return { ...done, tables, ...(tables.length > 0 && { stoppedSeconds }) };
  });
}

async function wanted({
  master,
  tenant,
  to,
}: Pick<MoveOptions, "master" | "tenant" | "to">): Promise<TenantMove> {
  const move = await tenantMove(master, tenant);
  if (move.to.cluster === to) return move;
  throw new MoveRefused(`the config moves ${tenant} to ${move.to.cluster}, not to ${to}`);
}

/** Whatever can be known before anybody's writes are stopped. */
async function refuseUnfit(
  { source, target, tables }: Ends,
  { tenant, overwrite }: MoveOptions,
): Promise<void> {
  const { broken } = await auditFindings(source);
  const [link] = broken;
  if (link)
    throw new MoveRefused(
      `the audit log of ${tenant} is broken before it moves (yacht ${link.yacht_id}, row ${link.sequence}: ` +
        `${link.problem}): find out why first`,
    );
  const there = (await tableStates(target, tables)).filter(({ rows }) => rows > 0);
  if (there.length > 0 && !overwrite)
    throw new MoveRefused(
      `the database to move to has rows (${there.map(({ table, rows }) => `${rows} in ${table}`).join(", ")}): if ` +
        "they are an earlier copy, allow them to be replaced by --overwrite",
    );
}

async function copied(ends: Ends, { tell = () => {}, onRows }: MoveOptions): Promise<readonly TableState[]> {
  const { source, target, tables } = ends;
  await stopWrites(source, tables);
  tell("writes of this tenant are stopped, reads go on");
  const states = await copyTables({ source, target, tables, ...(onRows && { onRows }) });
  const rows = states.reduce((sum, state) => sum + state.rows, 0);
  const { broken, yachts } = await auditFindings(target);
  if (broken.length > 0)
    throw new MoveRefused(
      `the copy's audit log does not verify: ${broken.map(({ problem }) => problem).join("; ")}`,
    );
  tell(
    `${rows} rows of ${tables.length} tables are copied, every table is the same, ${yachts.length} audit chains verify`,
  );
  return states;
}

/** Nobody writes anywhere until no process can route a request to where the tenant was. */
async function routesForgotten({ age_seconds }: TenantMove, tell: (text: string) => void): Promise<void> {
  const left = routeKeptMilliseconds + marginMilliseconds - age_seconds * 1_000;
  if (left <= 0) return;
  tell(`waiting ${(left / 1_000).toFixed(1)} s until no process routes to the old one`);
  await delay(left);
}

/**
 * Takes a move back: requests go where they went before, writes go on there, the copy is removed. Throws MoveRefused
 * once somebody has written on the new database, or when there is nothing to take back.
 */
export async function abortMove(options: Omit<MoveOptions, "to">): Promise<TenantMove> {
  const { master, tenant, tell = () => {} } = options;
  await lockMove(master, tenant);
  let move = await tenantMove(master, tenant);
  if (move.state === "moved")
    throw new MoveRefused(
      `${tenant} has moved and writes on ${move.to.cluster}: to go back, swap cluster and movedFrom in the config, ` +
        "update the service layer, and move it with --overwrite",
    );
  return withEnds(move, async ({ source, target, tables }) => {
    // An abort that was cut off has left the stop where it was.
    if (move.state === "planned" && !(await writesAreStopped(source, tables)))
      throw new MoveRefused(`the move of ${tenant} has not begun: nothing to take back`);
    if (move.state === "switched") {
      await refuseWritten({ source, target, tables }, tenant);
      move = await stepMove(master, tenant, "switched", "planned");
      tell(`requests are routed to ${move.from.cluster} again`);
    }
    if (move.state === "planned") await routesForgotten(move, tell);
    await emptyTables(target, tables);
    await letWrite(source, tables);
    tell(`writes go on, on ${move.from.cluster}`);
    return move.state === "moving" ? stepMove(master, tenant, "moving", "planned") : move;
  });
}

/** The new database may have been opened for writes just before the mover died. */
async function refuseWritten({ source, target, tables }: Ends, tenant: string): Promise<void> {
  if (!(await writesAreStopped(target, tables))) await stopWrites(target, tables);
  const found = differences(await tableStates(source, tables), await tableStates(target, tables));
  if (found.length === 0) return;
  await letWrite(target, tables);
  throw new MoveRefused(`${tenant} has written on the new database: run the move again, which ends it`);
}

async function withEnds<Result>(move: TenantMove, task: (ends: Ends) => Promise<Result>): Promise<Result> {
  const clients: pg.Client[] = [];
  const open = async (target: DatabaseTarget) => {
    const client = await opened(target);
    clients.push(client);
    return client;
  };
  try {
    const [source, target] = [await open(move.from), await open(move.to)];
    const [there, here] = [await appliedSql(source), await appliedSql(target)];
    if (there === undefined || there !== here)
      throw new MoveRefused("the two databases are not at the same SQL: update the service layer first");
    return await task({ source, target, tables: await tenantTables(source) });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** Throws MoveRefused where nobody can connect, or the migrator is at work. */
async function opened(target: DatabaseTarget): Promise<pg.Client> {
  const client = new pg.Client(connection(target, migrator));
  client.on("error", () => {});
  const where = `${target.database} at ${target.host}:${target.port}`;
  try {
    await client.connect();
  } catch (cause) {
    const { code, message } = cause as Error & { code?: string };
    throw new MoveRefused(`the database ${where} is not reachable: ${message || code}`, { cause });
  }
  try {
    await client.query(
      `set lock_timeout = '10s'; select pg_advisory_lock(${migrationsLock}); reset lock_timeout`,
    );
    return client;
  } catch (cause) {
    await client.end();
    if (sqlFailure(cause)?.code !== lockNotAvailable) throw cause;
    throw new MoveRefused(`the migrator is at work in ${where}: try again when it has ended`, { cause });
  }
}

/** The hash of the SQL that a database has; undefined for one that was never migrated. */
async function appliedSql(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ known: boolean }>(
    "select to_regclass('part_lens.migrations') is not null as known",
  );
  if (!rows[0]?.known) return undefined;
  const text = "select sha256 from part_lens.migrations where name = 'bundle'";
  return (await client.query<{ sha256: string }>(text)).rows[0]?.sha256;
}
