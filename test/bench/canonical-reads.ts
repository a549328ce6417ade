/** Canonical reads stay as quick as they are while the rows of other yachts grow. */
import type pg from "pg";
import type { TestPostgres } from "../support/postgres.ts";
import { benchId, firstNumber, makeRows } from "./bench-rows.ts";
import { median, spread } from "./median.ts";
import type { Findings, Progress, Result, Sizes } from "./result.ts";
import { ServerWatch, type Usage, usageText } from "./server-under-load.ts";

const section = "canonical reads";
/** The yacht that is read, in every database the same. */
const own = { from: firstNumber, yachts: 1, parts: 200, entries: 5 };
/** How other yachts' rows are spread: parts of a yacht, ledger rows of a part. */
const others = { parts: 500, entries: 20 };
/** Slower than this, at the most rows, is not flat: more than what one run differs from the next. */
const goalRatio = 1.25;

const scope = JSON.stringify({
  user_id: benchId.user(firstNumber),
  yacht_id: benchId.yacht(firstNumber),
  role: "captain",
  version: "v2",
  request_id: "bench-reads",
});

const reads = {
  v2_view_part_details: {
    callsASecond: 400,
    payload: (index: number) => ({ part_id: benchId.part(firstNumber, firstNumber + (index % own.parts)) }),
  },
  v2_view_low_stock: { callsASecond: 200, payload: () => ({}) },
} as const;

type ReadName = keyof typeof reads;

interface Grown {
  readonly rows: number;
  readonly client: pg.Client;
  readonly superuser: pg.Client;
}

/** None, then a hundredth, a tenth, and all of them. */
const stepsOf = (rows: number) => [0, rows / 100, rows / 10, rows].map(Math.round);

async function grow(postgres: TestPostgres, rows: number): Promise<Grown> {
  const target = await postgres.newDatabase("tenant", `bench_reads_${rows}`);
  const superuser = await postgres.client("postgres", target);
  await makeRows(superuser, own);
  const perYacht = others.parts * others.entries;
  const yachts = Math.floor(rows / perYacht);
  if (yachts > 0) await makeRows(superuser, { from: firstNumber + 1, yachts, ...others });
  const rest = Math.floor((rows % perYacht) / others.entries);
  if (rest > 0)
    await makeRows(superuser, { ...others, from: firstNumber + 1 + yachts, yachts: 1, parts: rest });
  await superuser.query("vacuum analyze");
  return { rows, client: await postgres.client("part_lens_api", target), superuser };
}

/** Milliseconds of one call. */
async function timeOf(client: pg.Client, name: ReadName, index: number): Promise<number> {
  const text = `select part_lens.${name}($1::jsonb, $2::jsonb) as result`;
  const values = [scope, JSON.stringify(reads[name].payload(index))];
  const started = performance.now();
  await client.query({ name, text, values });
  return performance.now() - started;
}

/** The median of many calls in each database. They take turns call by call: whatever slows one slows all. */
async function timesOf(databases: readonly Grown[], name: ReadName, calls: number): Promise<number[]> {
  const took = databases.map((): number[] => []);
  for (let index = 0; index < calls; index++) {
    for (const [which, { client }] of databases.entries()) {
      took[which]!.push(await timeOf(client, name, index));
    }
  }
  return took.map(median);
}

interface Scans {
  readonly sequential: number;
  readonly read: number;
}

const scans = `select sum(seq_scan)::int as sequential,
    (select sum(idx_tup_read)::int from pg_stat_user_indexes where relname = any($1)) as read
  from pg_stat_user_tables where relname = any($1)`;

/** What the tables were read by since the database was made: the real plans, whatever EXPLAIN would say. */
async function scansOf({ client, superuser }: Grown): Promise<Scans> {
  await client.query("select pg_stat_force_next_flush()");
  await client.query("select 1");
  const { rows } = await superuser.query(scans, [["pms_parts", "pms_inventory_transactions"]]);
  return rows[0];
}

/** Sequential scans and index entries of one call, by read. */
async function plansOf(grown: Grown): Promise<Record<ReadName, Scans>> {
  const found = {} as Record<ReadName, Scans>;
  const calls = 20;
  for (const name of Object.keys(reads) as ReadName[]) {
    const before = await scansOf(grown);
    await timesOf([grown], name, calls);
    const after = await scansOf(grown);
    const perCall = (key: keyof Scans) => (after[key] - before[key]) / calls;
    found[name] = { sequential: perCall("sequential"), read: perCall("read") };
  }
  return found;
}

/** By number of other yachts' rows: milliseconds, a round each. */
type Times = ReadonlyMap<number, readonly number[]>;

function resultsOf(name: ReadName, times: Times, { sequential, read }: Scans, used: string): Result[] {
  const rows = [...times.keys()];
  const [least, most] = [rows[0]!, rows.at(-1)!];
  const ratios = times.get(most)!.map((time, round) => time / times.get(least)![round]!);
  const plan = `at ${most} rows a call reads ${Math.round(read)} index entries, ${sequential} sequential scans`;
  return [
    {
      section,
      what: `${name}: ${most} rows of other yachts / none`,
      ...spread(ratios),
      unit: "×",
      goal: { limit: goalRatio, better: "lower" },
      limitedBy: `${plan}; ${used}`,
    },
    ...rows.map((count) => ({
      section,
      what: `${name}: ${count} rows of other yachts`,
      ...spread(times.get(count)!),
      unit: "ms" as const,
      limitedBy: "one connection, one call at a time: see above",
    })),
  ];
}

/** One database for each size, read in turn. */
export async function benchCanonicalReads(
  postgres: TestPostgres,
  sizes: Sizes,
  progress: Progress,
): Promise<Findings> {
  const databases: Grown[] = [];
  for (const rows of new Set(stepsOf(sizes.rows))) {
    progress(`${section}: making ${rows} ledger rows of other yachts`);
    databases.push(await grow(postgres, rows));
  }
  const results: Result[] = [];
  const watch = await ServerWatch.start(postgres);
  const plans = await plansOf(databases.at(-1)!);
  for (const name of Object.keys(reads) as ReadName[]) {
    const times = new Map<number, number[]>();
    const calls = Math.max(5, Math.round((reads[name].callsASecond * sizes.seconds) / 2));
    // The first calls plan anew each time; later ones use what was planned.
    await timesOf(databases, name, 10);
    const used: { usage: Usage; calls: number }[] = [];
    for (let round = 1; round <= sizes.rounds; round++) {
      progress(`${section}: ${name}, round ${round} of ${sizes.rounds}`);
      const { result: found, usage } = await watch.during(() => timesOf(databases, name, calls));
      used.push({ usage, calls: calls * databases.length });
      for (const [which, { rows }] of databases.entries()) {
        times.set(rows, [...(times.get(rows) ?? []), found[which]!]);
      }
    }
    results.push(...resultsOf(name, times, plans[name], usageText(used)));
  }
  await Promise.all(databases.flatMap(({ client, superuser }) => [client.end(), superuser.end()]));
  return { results, skipped: [] };
}
