import { join, relative, resolve } from "node:path";
import type pg from "pg";
import { countText } from "../../../monitoring/count-text.ts";
import type { TenantQuery } from "../../../monitoring/database-checks.ts";
import { layers, physicalName } from "../../naming.ts";
import { VirtualClock } from "../clock.ts";
import { LocalStack } from "../local-stack.ts";
import { type ServiceOutputs, serviceOutputs } from "../stack-outputs.ts";
import { fillInventory, type Inventory } from "./inventory.ts";
import type { MetricTimes } from "./metric-times.ts";
import type { StandOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

const environment = "local";
const auditor = "part_lens_auditor";

/** How many times of a schedule are taken as one, by its name. */
export type Thinned = (scheduleName: string) => number;

/** A stack that is up, with a fleet in its databases, before any traffic: what rehearsals are given on. */
export class PreparedStack {
  readonly clock: VirtualClock;
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
  readonly inventory: Inventory;
  readonly notSimulated: readonly string[];
  readonly #heard: Heard;
  readonly #auditors = new Map<string, pg.Client>();

  private constructor(parts: Standing & { inventory: Inventory }) {
    this.clock = parts.clock;
    this.stack = parts.stack;
    this.service = parts.service;
    this.inventory = parts.inventory;
    this.notSimulated = parts.notSimulated;
    this.#heard = parts.heard;
  }

  /** `begun` is told at once how to end what is being stood up: somebody may want to before it is. */
  static async open(
    options: StandOptions,
    terminal: Terminal,
    begun: (close: () => Promise<void>) => void = () => {},
  ): Promise<PreparedStack> {
    const clock = new VirtualClock(Math.floor(Date.now() / 60_000) * 60_000);
    const heard: Heard = { times: undefined, invoked: undefined, thinned: undefined, probes: false };
    terminal.heading("Standing the stack up");
    const stack = await LocalStack.open({
      ...options,
      clock,
      durable: false,
      preload: [resolve(import.meta.dirname, "../faults/preload.ts")],
      timeOf: (requestId) => heard.times?.take(requestId),
      onInvoked: (name, payload) => heard.invoked?.(name, payload),
      thinned: (schedule) => Math.max(heard.thinned?.(schedule) ?? 1, heard.probes ? 1 : thinned(schedule)),
    });
    begun(() => stack.close());
    try {
      const notSimulated = await standUp(stack, terminal);
      const standing = {
        clock,
        stack,
        heard,
        notSimulated,
        service: serviceOutputs(stack.outputs("service")),
      };
      const inventory = await fill(standing, options, terminal);
      const prepared = new PreparedStack({ ...standing, inventory });
      await prepared.#connect();
      return prepared;
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  /** Reads a tenant's database as the auditor. */
  readonly query: TenantQuery = async (tenant, sql) => {
    const client = this.#auditors.get(tenant) ?? (await this.#connectTo(tenant));
    try {
      return (await client.query(sql)).rows;
    } catch (error) {
      // Whatever ended the connection: the next one begins with another.
      this.#auditors.delete(tenant);
      await client.end().catch(() => undefined);
      throw error;
    }
  };

  /**
   * Whose rehearsal it is from now on: the times of its requests, and what the functions of its topics answer. `probes`:
   * it is about them, so the scheduled probe runs every minute.
   */
  give(times: MetricTimes, invoked: (name: string, payload: unknown) => void, probes = false): void {
    this.#heard.probes = probes;
    this.#heard.times = times;
    this.#heard.invoked = invoked;
  }

  /** From now on a schedule runs only every so manieth time; undefined: every time. */
  thin(thinned: Thinned | undefined): void {
    this.#heard.thinned = thinned;
  }

  /** Keeps the databases as they are now, for `restore`. */
  async keep(): Promise<void> {
    await this.#whileDown(() => this.stack.databases.keep());
  }

  /** The databases are again as they were kept; nothing else is. */
  async restore(): Promise<void> {
    await this.#whileDown(() => this.stack.databases.restore());
  }

  async close(): Promise<void> {
    await this.#disconnect();
    await this.stack.close();
  }

  async #whileDown(work: () => Promise<void>): Promise<void> {
    await this.#disconnect();
    await work();
    await this.#connect();
  }

  async #connect(): Promise<void> {
    for (const { id } of this.service.fleet.tenants) await this.#connectTo(id);
  }

  async #connectTo(id: string): Promise<pg.Client> {
    const tenant = this.service.fleet.tenants.find((one) => one.id === id);
    if (!tenant) throw new Error(`no tenant ${id} among the service layer's outputs`);
    const client = await this.stack.databases.connect(auditor, tenant);
    this.#auditors.set(id, client);
    // A fault may end the connection; the query after that begins with another.
    client.on("error", () => {
      if (this.#auditors.get(id) === client) this.#auditors.delete(id);
    });
    return client;
  }

  async #disconnect(): Promise<void> {
    const clients = [...this.#auditors.values()];
    this.#auditors.clear();
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  }
}

/**
 * The probes run once in ten minutes, not every minute: a day of them would take longer than all the rest of a
 * rehearsal. Rarer would be silence to their alarm.
 */
const thinnedBy = { [physicalName("function", environment, "job-probe")]: 10 };
const thinned = (schedule: string): number => thinnedBy[schedule] ?? 1;

interface Heard {
  /** The scheduled probe runs every minute, as it does on AWS. */
  probes: boolean;
  thinned: Thinned | undefined;
  times: MetricTimes | undefined;
  invoked: ((name: string, payload: unknown) => void) | undefined;
}

interface Standing {
  readonly clock: VirtualClock;
  readonly stack: LocalStack;
  readonly service: ServiceOutputs;
  readonly notSimulated: readonly string[];
  readonly heard: Heard;
}

async function standUp(stack: LocalStack, terminal: Terminal): Promise<readonly string[]> {
  const all = new Set<string>();
  for (const layer of layers) {
    let done = 0;
    const told = () => terminal.progress(`${environment}-${layer}: ${++done} resources`);
    const { steps, notSimulated, seconds } = await stack.update(layer, {}, told);
    for (const resource of notSimulated) all.add(resource);
    const made = steps.filter(({ step }) => step === "create").length;
    terminal.good(
      `${environment}-${layer}: ${made} created, ${notSimulated.length} of them not simulated (${seconds.toFixed(1)} s)`,
    );
  }
  return [...all].sort();
}

async function fill(
  { stack, service }: Standing,
  { seed, inventory: file, keyDirectory }: StandOptions,
  terminal: Terminal,
): Promise<Inventory> {
  const signerKey = join(keyDirectory, "signer.key");
  terminal.progress("users, signers, parts and opening stock");
  const filled = await fillInventory({ stack, service, seed, file, signerKey });
  const { imported, fleet, parts } = filled;
  terminal.good(
    `${imported.yacht}: ${countText(imported.parts, "part")} imported from ${relative(".", file)}`,
  );
  const { yachts, users } = fleet;
  terminal.good(
    `${yachts.length} yachts, ${users.length} users, ${parts.length} parts in ${service.fleet.tenants.length} tenants`,
  );
  return filled;
}
