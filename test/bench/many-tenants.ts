/** Many tenants in one process: memory, connections, a cold tenant's first answer, and making a new tenant. */
import { fork } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { migrate } from "../../api/database/migrate.ts";
import { sqlBundle } from "../../api/database/sql-bundle.ts";
import type { TestPostgres } from "../support/postgres.ts";
import { firstNumber, makeRows } from "./bench-rows.ts";
import { spread } from "./median.ts";
import type { Findings, Progress, Result, Sizes } from "./result.ts";
import { ServerWatch, usageText } from "./server-under-load.ts";
import type { TenantJob, TenantReply } from "./tenant-load.ts";

const section = "tenants";
const cap = 40;
const goals = { megabytes: 60, templateRatio: 1.25 };
const rounds = 2;
const sampleMilliseconds = 20;
const inTurn = ["decimal", "hexadecimal", "octal"] as const;

/**
 * Spellings of 127.0.0.1 that the resolver takes for one address and the pools for different hosts: so a few real
 * databases stand for many tenants, each with a pool of its own.
 */
export function spellings(count: number): string[] {
  const spell = {
    decimal: String,
    hexadecimal: (part: number) => `0x${part.toString(16)}`,
    octal: (part: number) => `0${part.toString(8)}`,
  };
  return Array.from({ length: count }, (_, index) =>
    [127, 0, 0, 1].map((part, place) => spell[inTurn[Math.floor(index / 3 ** place) % 3]!](part)).join("."),
  );
}

async function makeTenants(postgres: TestPostgres, { tenants, databases }: Sizes): Promise<DatabaseTarget[]> {
  const made: DatabaseTarget[] = [];
  for (let index = 0; index < databases; index++) {
    const target = await postgres.newDatabase("tenant", `bench_tenant_${index}`);
    const superuser = await postgres.client("postgres", target);
    await makeRows(superuser, { from: firstNumber, yachts: 1, parts: 10, entries: 2 });
    await superuser.end();
    made.push(target);
  }
  const hosts = spellings(Math.ceil(tenants / databases));
  return hosts.flatMap((host) => made.map((target) => ({ ...target, host }))).slice(0, tenants);
}

/** The most connections that the API's role had at once. */
async function mostConnections(superuser: pg.Client, signal: AbortSignal): Promise<number> {
  let most = 0;
  const text = "select count(*)::int as open from pg_stat_activity where usename = 'part_lens_api'";
  while (!signal.aborted) {
    most = Math.max(most, (await superuser.query(text)).rows[0].open);
    await delay(sampleMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  return most;
}

async function serveAll(job: TenantJob): Promise<TenantReply> {
  const child = fork(new URL("./tenant-load.ts", import.meta.url), { execArgv: ["--expose-gc"] });
  const { promise, resolve, reject } = Promise.withResolvers<TenantReply>();
  child.once("message", resolve).once("error", reject);
  child.once("exit", (code) => reject(new Error(`the process with the tenants ended (${code})`)));
  child.send(job);
  return promise;
}

interface Making {
  readonly copy: number;
  readonly tenant: number;
  readonly migration: number;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** A database copied; a tenant made by a copy, up to what MASTER knows of it; a tenant made by all migrations. */
async function makeOne(postgres: TestPostgres, name: string): Promise<Making> {
  const migrator = await postgres.client("part_lens_migrator", postgres.master);
  const admin = await postgres.client("part_lens_admin");
  const copy = await secondsOf(() => postgres.newDatabase("tenant", `${name}_copy`));
  const tenant = await secondsOf(async () => {
    const target = await postgres.newDatabase("tenant", `${name}_tenant`);
    const known = { id: name.replaceAll("_", "-"), name, cluster: "test", ...target };
    const fleet = { ...postgres.fleet, tenants: [...postgres.fleet.tenants, known] };
    await migrator.query("select part_lens.sync_fleet($1::jsonb)", [JSON.stringify(fleet)]);
  });
  const migration = await secondsOf(async () => {
    await admin.query(`create database ${name}_migrated`);
    const target = { host: postgres.server.host, port: postgres.server.port, database: `${name}_migrated` };
    const inside = await postgres.client("part_lens_admin", target);
    await inside.query("create schema part_lens authorization part_lens_owner");
    await migrate(await postgres.client("part_lens_migrator", target), sqlBundle("tenant"));
  });
  return { copy, tenant, migration };
}

function servedResults(
  { memory, calls, seconds, cold, warm }: TenantReply,
  most: number,
  used: string,
  sizes: Sizes,
): Result[] {
  const of = `${sizes.tenants} tenants, ${sizes.databases} databases`;
  const less = (limit: number) => ({ limit, better: "lower" }) as const;
  const at = (key: keyof typeof memory) => `${memory[key].toFixed(0)} MB`;
  const change = `${at("start")} at the start, ${at("few")} after ${calls} calls to ${sizes.databases} tenants, ${at("all")} after as many to all`;
  return [
    {
      section,
      what: `memory of ${sizes.tenants} tenants more than of ${sizes.databases}`,
      value: memory.all - memory.few,
      unit: "MB",
      goal: less(goals.megabytes),
      limitedBy: `client: the pools that have connections, ${change}`,
    },
    {
      section,
      what: `most connections at once, ${of}`,
      value: most,
      unit: "open",
      goal: less(cap),
      limitedBy: `the process's cap of ${cap}`,
    },
    {
      section,
      what: `all tenants in turn, ${of}`,
      value: calls / seconds,
      unit: "calls/s",
      limitedBy: `most calls open a connection; ${used}`,
    },
    {
      section,
      what: "a cold tenant's first answer",
      value: cold,
      unit: "ms",
      limitedBy: "database: a new connection, its sign-in and its first plan",
    },
    { section, what: "a warm tenant's answer", value: warm, unit: "ms", limitedBy: "database CPU" },
  ];
}

function makingResults(made: readonly Making[]): Result[] {
  const by = (key: keyof Making) => spread(made.map((times) => times[key]));
  const ratios = made.map(({ copy, tenant }) => tenant / copy);
  const goal = { limit: goals.templateRatio, better: "lower" } as const;
  return [
    {
      section,
      what: "a new tenant / one CREATE DATABASE … TEMPLATE",
      ...spread(ratios),
      unit: "×",
      goal,
      limitedBy: "database: the copy and its write to disk",
    },
    {
      section,
      what: "one CREATE DATABASE … TEMPLATE",
      ...by("copy"),
      unit: "ms",
      limitedBy: "database: the copy and its write to disk",
    },
    {
      section,
      what: "a new tenant by a copy, until MASTER knows it",
      ...by("tenant"),
      unit: "ms",
      limitedBy: "database: the copy and its write to disk",
    },
    {
      section,
      what: "a new tenant by migrations",
      ...by("migration"),
      unit: "ms",
      limitedBy: "database: DDL",
    },
  ];
}

/** The server must take more connections than the cap. */
export async function benchManyTenants(
  postgres: TestPostgres,
  sizes: Sizes,
  progress: Progress,
): Promise<Findings> {
  progress(`${section}: making ${sizes.databases} databases`);
  const tenants = await makeTenants(postgres, sizes);
  progress(`${section}: serving ${sizes.tenants} tenants`);
  const stop = new AbortController();
  const watching = mostConnections(await postgres.client("postgres"), stop.signal);
  const watch = await ServerWatch.start(postgres);
  const serving = () => serveAll({ tenants, databases: sizes.databases, cap, atOnce: 64, rounds });
  const { result: served, usage } = await watch.during(serving).finally(() => stop.abort());
  const used = usageText([{ usage, calls: 2 * served.calls }]);
  const most = await watching;
  const made: Making[] = [];
  await makeOne(postgres, "bench_new_0");
  for (let round = 1; round <= sizes.rounds; round++) {
    progress(`${section}: a new tenant, round ${round} of ${sizes.rounds}`);
    made.push(await makeOne(postgres, `bench_new_${round}`));
  }
  return { results: [...servedResults(served, most, used, sizes), ...makingResults(made)], skipped: [] };
}
