/** A process that serves many tenants with the API's pools, for `many-tenants.ts`, and tells what that took. */
import { setTimeout as delay } from "node:timers/promises";
import type { DatabaseTarget } from "../../api/database/connection.ts";
import { createPools } from "../../api/database/pools.ts";
import { scopeOf } from "../../api/database/scope.ts";
import { benchId, firstNumber } from "./bench-rows.ts";
import { median } from "./median.ts";

export interface TenantJob {
  /** The first of them are on a database each. */
  readonly tenants: readonly DatabaseTarget[];
  readonly databases: number;
  /** Connections of the process. */
  readonly cap: number;
  /** Requests under way at once. */
  readonly atOnce: number;
  readonly rounds: number;
}

export interface TenantReply {
  /**
   * Resident memory, in MB: with one tenant served, after many calls to one tenant a database, and after as many to
   * all tenants.
   */
  readonly memory: { readonly start: number; readonly few: number; readonly all: number };
  readonly calls: number;
  readonly seconds: number;
  /** Milliseconds of a tenant's first answer, and of a later one, with nothing else under way. */
  readonly cold: number;
  readonly warm: number;
}

const poolMax = 2;
const soloCalls = 20;
const collections = 6;

const scope = scopeOf({
  userId: benchId.user(firstNumber),
  yachtId: benchId.yacht(firstNumber),
  role: "captain",
  version: "v2",
  requestId: "bench-tenants",
});
const payload = { part_id: benchId.part(firstNumber, firstNumber) };

/** What is really held: V8 gives the pages of garbage back to the system only some collections later. */
async function residentMegabytes(): Promise<number> {
  for (let collection = 0; collection < collections; collection++) {
    globalThis.gc?.();
    await delay(50);
  }
  return process.memoryUsage.rss() / 2 ** 20;
}

function* inTurn<Item>(items: readonly Item[], count: number): Generator<Item> {
  for (let index = 0; index < count; index++) yield items[index % items.length]!;
}

async function serve({ tenants, databases, cap, atOnce, rounds }: TenantJob): Promise<TenantReply> {
  const pools = createPools({ max: poolMax, total: cap });
  const ask = (target: DatabaseTarget) => pools.call(target, "v2_view_part_details", scope, payload);
  const timed = async (target: DatabaseTarget) => {
    const started = performance.now();
    await ask(target);
    return performance.now() - started;
  };
  const [first, ...others] = tenants as [DatabaseTarget, ...DatabaseTarget[]];
  const warm: number[] = [];
  for (let index = 0; index < soloCalls; index++) warm.push(await timed(first));
  const start = await residentMegabytes();
  const cold: number[] = [];
  for (const target of others.slice(0, soloCalls)) cold.push(await timed(target));
  const askAll = async (queue: IterableIterator<DatabaseTarget>) => {
    const worker = async () => {
      for (const target of queue) await ask(target);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };
  const calls = tenants.length * rounds;
  await askAll(inTurn(tenants.slice(0, databases), calls));
  const few = await residentMegabytes();
  const started = performance.now();
  await askAll(inTurn(tenants, calls));
  const seconds = (performance.now() - started) / 1000;
  const all = await residentMegabytes();
  await pools.end();
  return { memory: { start, few, all }, calls, seconds, cold: median(cold), warm: median(warm.slice(5)) };
}

process.once("message", async (job: TenantJob) => {
  process.send?.(await serve(job));
  process.disconnect();
});
