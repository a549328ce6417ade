/** receive_part at the speed of the database: the whole API over HTTP, beside pgbench and node-postgres alone. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestPostgres } from "../support/postgres.ts";
import { startBenchApi } from "./bench-api.ts";
import { benchId, firstNumber, makeRows } from "./bench-rows.ts";
import { type LoadJob, LoadProcess, type LoadResult } from "./load-process.ts";
import { median, spread } from "./median.ts";
import { findPgbench, pgbenchMissing, runPgbench, writeReceiveScript } from "./pgbench.ts";
import type { Findings, Progress, Result, Sizes, Skipped } from "./result.ts";
import { ServerWatch, type Usage, usageText } from "./server-under-load.ts";

const section = "receive_part";
/** What each yacht has. */
const stock = { parts: 40, entries: 5 };
/**
 * The API's connections to one database. MASTER's and the tenant's share the 40 of a process: with 40 for one of them,
 * each request to the other would close a connection and open one.
 */
const poolMax = 20;
/** Compiles the API's code before anything is measured. */
const warmUpSeconds = 3;
const goals = { pgbench: 0.6, client: 0.85, at: 16 };

interface Way {
  readonly name: "pgbench" | "node-postgres" | "the API";
  run(connections: number, seconds: number): Promise<Measured>;
}

interface Measured {
  readonly perSecond: number;
  readonly calls: number;
  readonly load?: LoadResult;
}

interface Round extends Measured {
  readonly usage: Usage;
}

/** By connections and way: what each round found. */
type Rounds = Map<string, Round[]>;
const keyOf = (connections: number, way: Way["name"]) => `${connections} ${way}`;

async function prepare(
  postgres: TestPostgres,
  count: number,
): Promise<{ yachts: string[]; users: string[] }> {
  const numbers = Array.from({ length: count }, (_, index) => firstNumber + index);
  const yachts = numbers.map(benchId.yacht);
  const users = numbers.map(benchId.user);
  const superuser = await postgres.client("postgres", postgres.tenants.alpha);
  await makeRows(superuser, { from: firstNumber, yachts: count, ...stock });
  await superuser.query("vacuum analyze");
  const migrator = await postgres.client("part_lens_migrator", postgres.master);
  const known = yachts.map((id, index) => ({ id, name: `Bench ${index}`, tenant: "alpha" }));
  const fleet = { ...postgres.fleet, yachts: [...postgres.fleet.yachts, ...known] };
  await migrator.query("select part_lens.sync_fleet($1::jsonb)", [JSON.stringify(fleet)]);
  const members = yachts.map((yacht_id, index) => ({ user_id: users[index], yacht_id, role: "captain" }));
  await migrator.query("select part_lens.add_members($1::jsonb)", [JSON.stringify(members)]);
  return { yachts, users };
}

function pgbenchWay(postgres: TestPostgres, program: string, directory: string, yachts: number): Way {
  mkdirSync(directory, { recursive: true });
  const script = join(directory, "receive-part.pgbench.sql");
  writeReceiveScript(script, yachts, stock.parts);
  const login = postgres.server.login("part_lens_api", postgres.tenants.alpha.database);
  const run: Way["run"] = (connections, seconds) =>
    runPgbench({ program, script, login, connections, seconds });
  return { name: "pgbench", run };
}

function loadWay(
  name: Way["name"],
  process: LoadProcess,
  more: Pick<LoadJob, "yachts"> & Partial<LoadJob>,
): Way {
  const run: Way["run"] = async (connections, seconds) => {
    const load = await process.run({ connections, seconds, parts: stock.parts, ...more });
    return { perSecond: load.perSecond, calls: load.calls, load };
  };
  return { name, run };
}

/** Rounds in which the ways take turns, so that what slows the machine slows all of them. */
async function measure(
  ways: readonly Way[],
  sizes: Sizes,
  watch: ServerWatch,
  pids: Readonly<Record<string, number>>,
  progress: Progress,
): Promise<Rounds> {
  const rounds: Rounds = new Map();
  for (const connections of sizes.connections) {
    for (let round = 1; round <= sizes.rounds; round++) {
      progress(`${section}: ${connections} connections, round ${round} of ${sizes.rounds}`);
      for (const way of ways) {
        const { result, usage } = await watch.during(() => way.run(connections, sizes.seconds), pids);
        const key = keyOf(connections, way.name);
        rounds.set(key, [...(rounds.get(key) ?? []), { ...result, usage }]);
      }
    }
  }
  return rounds;
}

/** The API's throughput over the other's, round by round. */
function ratioOf(rounds: Rounds, connections: number, other: Way["name"], goal: number): Result[] {
  const api = rounds.get(keyOf(connections, "the API")) ?? [];
  const others = rounds.get(keyOf(connections, other)) ?? [];
  if (others.length === 0) return [];
  const ratios = api.map((round, index) => round.perSecond / others[index]!.perSecond);
  return [
    {
      section,
      what: `${connections} connections: API over HTTP / ${other}`,
      ...spread(ratios),
      unit: "×",
      ...(connections === goals.at && { goal: { limit: goal, better: "higher" as const } }),
      limitedBy: usageText(api),
    },
  ];
}

function rateOf(rounds: Rounds, connections: number, way: Way["name"]): Result[] {
  const of = rounds.get(keyOf(connections, way)) ?? [];
  if (of.length === 0) return [];
  const loads = of.flatMap(({ load }) => load ?? []);
  const at = (key: "p50" | "p95") => median(loads.map((load) => load[key])).toFixed(1);
  const latency = loads.length > 0 ? ` (P50 ${at("p50")} ms, P95 ${at("p95")} ms)` : "";
  return [
    {
      section,
      what: `${connections} connections: ${way}${latency}`,
      ...spread(of.map((round) => round.perSecond)),
      unit: "calls/s",
      limitedBy: usageText(of),
    },
  ];
}

function resultsOf(rounds: Rounds, { connections }: Sizes): Result[] {
  return connections.flatMap((count) => [
    ...ratioOf(rounds, count, "pgbench", goals.pgbench),
    ...ratioOf(rounds, count, "node-postgres", goals.client),
    ...(["pgbench", "node-postgres", "the API"] as const).flatMap((way) => rateOf(rounds, count, way)),
  ]);
}

/** `directory` takes the API's files; the caller removes it. The server must be durable. */
export async function benchReceivePart(
  postgres: TestPostgres,
  directory: string,
  sizes: Sizes,
  progress: Progress,
): Promise<Findings> {
  progress(`${section}: ${sizes.yachts} yachts, ${sizes.yachts * stock.parts} parts`);
  const { yachts, users } = await prepare(postgres, sizes.yachts);
  const api = await startBenchApi({ postgres, directory, yachts, users, poolMax });
  const [http, client] = [new LoadProcess("./http-load.ts"), new LoadProcess("./pg-load.ts")];
  const program = findPgbench();
  const missing: Skipped = { section, what: "API over HTTP / pgbench", reason: pgbenchMissing };
  try {
    const ways = [
      ...(program ? [pgbenchWay(postgres, program, directory, sizes.yachts)] : []),
      loadWay("node-postgres", client, { yachts: sizes.yachts, target: postgres.tenants.alpha }),
      loadWay("the API", http, { yachts: sizes.yachts, port: api.port, tokens: api.tokens }),
    ];
    await ways.at(-1)!.run(16, Math.min(warmUpSeconds, 3 * sizes.seconds));
    const pids = { "API process": api.pid, "HTTP load": http.pid, "node-postgres": client.pid };
    const rounds = await measure(ways, sizes, await ServerWatch.start(postgres), pids, progress);
    return { results: resultsOf(rounds, sizes), skipped: program ? [] : [missing] };
  } finally {
    await Promise.all([http.close(), client.close(), api.close()]);
  }
}
