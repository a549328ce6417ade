import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { TestPostgres } from "../support/postgres.ts";
import {
  endedChildrenSeconds,
  familySeconds,
  isMeasurable,
  machineSeconds,
  parentOf,
  processSeconds,
} from "./processor-time.ts";

/** Where the time of one measurement went. */
export interface Usage {
  /** Share of all processors that was in use, 0…1. */
  readonly busy: number;
  /** Processor seconds by who used them. */
  readonly seconds: Readonly<Record<string, number>>;
  /** What the database's sessions were seen doing, by wait event; "running" without one. */
  readonly states: ReadonlyMap<string, number>;
}

const sampleMilliseconds = 100;
const otherProcesses = "other processes";
const serviceRole = "part_lens_api";

const activity = `select coalesce(wait_event, 'running') as state, count(*)::int as sessions
  from pg_stat_activity where usename = $1 and state = 'active' group by 1`;

/** Watches the server and the processes around it while something is measured. */
export class ServerWatch {
  readonly #client: pg.Client;
  readonly #postmaster: number;

  private constructor(client: pg.Client, postmaster: number) {
    this.#client = client;
    this.#postmaster = postmaster;
  }

  static async start(postgres: TestPostgres): Promise<ServerWatch> {
    const client = await postgres.client("postgres");
    const { rows } = await client.query("select pg_backend_pid() as pid");
    return new ServerWatch(client, parentOf(rows[0].pid) ?? 0);
  }

  /** Does the work and tells what was used. `others`: process ids by name. */
  async during<Result>(
    work: () => Promise<Result>,
    others: Readonly<Record<string, number>> = {},
  ): Promise<{ result: Result; usage: Usage }> {
    const states = new Map<string, number>();
    const stop = new AbortController();
    const before = this.#seconds(others);
    const machine = machineSeconds();
    const sampling = this.#sample(states, stop.signal);
    const result = await work().finally(() => stop.abort());
    await sampling;
    const [after, machineAfter] = [this.#seconds(others), machineSeconds()];
    const busy = (machineAfter.busy - machine.busy) / (machineAfter.total - machine.total || 1);
    const names = Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)] as const);
    const own = names.reduce((sum, [, value]) => sum + value, 0);
    const rest = Math.max(0, machineAfter.busy - machine.busy - own);
    return {
      result,
      usage: { busy, seconds: { ...Object.fromEntries(names), [otherProcesses]: rest }, states },
    };
  }

  #seconds(others: Readonly<Record<string, number>>): Record<string, number> {
    if (!isMeasurable) return {};
    return {
      database: familySeconds(this.#postmaster),
      "this process": processSeconds(process.pid),
      pgbench: endedChildrenSeconds(),
      ...Object.fromEntries(Object.entries(others).map(([name, pid]) => [name, processSeconds(pid)])),
    };
  }

  async #sample(states: Map<string, number>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { rows } = await this.#client.query(activity, [serviceRole]);
      for (const { state, sessions } of rows) states.set(state, (states.get(state) ?? 0) + sessions);
      await delay(sampleMilliseconds, undefined, { signal }).catch(() => undefined);
    }
  }
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

function added(parts: Iterable<readonly [string, number]>): [string, number][] {
  const totals = new Map<string, number>();
  for (const [name, value] of parts) totals.set(name, (totals.get(name) ?? 0) + value);
  return [...totals].filter(([, value]) => value > 0).sort(([, a], [, b]) => b - a);
}

/** What all calls together used, in milliseconds of processor time a call. */
function perCall(seconds: readonly (readonly [string, number])[], calls: number): string {
  const shown = seconds
    .map(([name, value]) => [name, (value * 1000) / calls] as const)
    .filter(([, milliseconds]) => milliseconds >= 0.01);
  return shown.map(([name, milliseconds]) => `${name} ${milliseconds.toFixed(2)} ms`).join(", ");
}

function shares(states: readonly (readonly [string, number])[]): string {
  const sum = states.reduce((total, [, value]) => total + value, 0);
  const shown = states.map(([name, value]) => [name, value / sum] as const).slice(0, 3);
  return shown.map(([name, share]) => `${name} ${percent(share)}`).join(", ");
}

/**
 * In words: how busy the machine was, the processor time a call took and where, and what the database's sessions were
 * seen doing.
 */
export function usageText(rounds: readonly { readonly usage: Usage; readonly calls: number }[]): string {
  const usages = rounds.map((round) => round.usage);
  const calls = rounds.reduce((sum, round) => sum + round.calls, 0);
  const busy = usages.reduce((sum, usage) => sum + usage.busy, 0) / usages.length;
  const seconds = added(usages.flatMap((usage) => Object.entries(usage.seconds)));
  const own = seconds.filter(([name]) => name !== otherProcesses);
  const all = seconds.reduce((sum, [, value]) => sum + value, 0);
  const others = (seconds.find(([name]) => name === otherProcesses)?.[1] ?? 0) / (all || 1);
  const processors = isMeasurable
    ? ` (${percent(others)} of it by others); a call: ${perCall(own, calls)}`
    : "";
  return `processors ${percent(busy)} busy${processors}; sessions: ${shares(added(usages.flatMap((usage) => [...usage.states])))}`;
}
