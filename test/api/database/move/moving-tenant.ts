/** A tenant of the whole API that is to move from one server to another, and whoever moves it. */
import { type ChildProcess, spawn } from "node:child_process";
import type pg from "pg";
import { expect, vi } from "vitest";
import type { DatabaseTarget } from "../../../../api/database/connection.ts";
import { type TableState, tableStates } from "../../../../api/database/move/table-copy.ts";
import { tenantTables } from "../../../../api/database/move/tenant-tables.ts";
import { patience } from "../../../support/patience.ts";
import { startPostgres, type TestPostgres } from "../../../support/postgres.ts";
import { startApi, type TestApi } from "../../harness.ts";

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  /** Without the lines that tell how far it is, which only a slow machine gets to see. */
  readonly stderr: string;
}

const progress = /^\d+ rows copied, \S+\n+/gm;

export interface Mover {
  /** Resolves once it has told that. Rejects when it ends before. */
  told(text: string): Promise<void>;
  /** kill -9, and gone. */
  kill(): Promise<void>;
  readonly ended: Promise<CommandEnd>;
}

/** Tenant alpha (Aurora and Borealis) on a first server, beside beta; a second server that alpha may go to. */
export class MovingTenant {
  readonly api: TestApi;
  readonly other: TestPostgres;
  readonly #clients: pg.Client[] = [];
  #place: DatabaseTarget;
  #copies = 0;

  private constructor(api: TestApi, other: TestPostgres) {
    this.api = api;
    this.other = other;
    this.#place = api.postgres.tenants.alpha;
  }

  static async start(): Promise<MovingTenant> {
    const api = await startApi();
    const moving = new MovingTenant(api, await startPostgres());
    api.setFlags({ stage: "full-100", cohort: ["aurora", "borealis", "calypso"] });
    return moving;
  }

  /** Where alpha is, as far as the tests know. */
  get place(): DatabaseTarget {
    return this.#place;
  }

  set place(place: DatabaseTarget) {
    this.#place = place;
  }

  /** Another empty database on the second server. */
  newPlace(): Promise<DatabaseTarget> {
    return this.other.newDatabase("tenant", `part_lens_tenant_alpha_${++this.#copies}`);
  }

  /** As the migrator does after every update: MASTER is brought up to this config. Without `to`: as it was. */
  async configure(to?: DatabaseTarget, movedFrom = true): Promise<void> {
    const { fleet } = this.api.postgres;
    const tenants = fleet.tenants.map((tenant) => {
      const here = { ...tenant, ...this.#place, cluster: this.#cluster(this.#place) } as object as {
        id: string;
        cluster: string;
      };
      if (here.id !== "alpha") return tenant;
      if (!to) return here;
      const from = { ...this.#place, cluster: here.cluster };
      return { ...here, ...to, cluster: this.#cluster(to), ...(movedFrom && { movedFrom: from }) };
    });
    const master = await this.#client(this.api.postgres.master);
    await master.query("select part_lens.sync_fleet($1::jsonb)", [JSON.stringify({ ...fleet, tenants })]);
  }

  clusterOf(place: DatabaseTarget): string {
    return this.#cluster(place);
  }

  /** `npm run tenants -- …` */
  command(...args: readonly string[]): Mover {
    const { host, port, database } = this.api.postgres.master;
    const env = {
      ...process.env,
      ...this.api.postgres.environment,
      ...{ MASTER_HOST: host, MASTER_PORT: String(port), MASTER_DATABASE: database },
      ...{ NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" },
    };
    const child = spawn(process.execPath, ["api/database/tenants-command.ts", ...args], { env });
    return moverOf(child, () => this.#letGo());
  }

  async states(place: DatabaseTarget): Promise<TableState[]> {
    const client = await this.#client(place);
    return tableStates(client, await tenantTables(client));
  }

  client(place: DatabaseTarget): Promise<pg.Client> {
    return this.#client(place);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => {})));
    await this.api.stop();
    await this.other.stop();
  }

  /** Until MASTER has noticed that a mover is gone: no other one may move the tenant as long as its session has the lock. */
  async #letGo(): Promise<void> {
    const master = await this.#client(this.api.postgres.master);
    const held =
      "select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";
    await vi.waitFor(async () => expect((await master.query(held)).rowCount).toBe(0), patience);
  }

  #cluster({ port, database }: DatabaseTarget): string {
    return port === this.api.postgres.master.port ? "test" : `other-${database}`;
  }

  async #client(place: DatabaseTarget): Promise<pg.Client> {
    const server = place.port === this.api.postgres.master.port ? this.api.postgres : this.other;
    const client = await server.client("part_lens_migrator", place);
    this.#clients.push(client);
    return client;
  }
}

function moverOf(child: ChildProcess, letGo: () => Promise<void>): Mover {
  let [stdout, stderr] = ["", ""];
  const waiting: (() => void)[] = [];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const look of waiting) look();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr: stderr.replaceAll(progress, "") }));
  });
  const told = (text: string) => {
    const found = new Promise<void>((resolve) => {
      const look = () => {
        if (stdout.includes(text)) resolve();
      };
      waiting.push(look);
      look();
    });
    const early = ended.then(() => {
      if (!stdout.includes(text)) throw new Error(`it ended before it told "${text}": ${stdout}${stderr}`);
    });
    return Promise.race([found, early]);
  };
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
    await letGo();
  };
  return { told, kill, ended };
}
