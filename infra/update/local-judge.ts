import type { Judged } from "../../flags/plan.ts";
import { databaseChecks, type TenantQuery } from "../../monitoring/database-checks.ts";
import { judge, type StageVerdict } from "../../monitoring/judge.ts";
import { metricNamespace } from "../../monitoring/metrics.ts";
import type { Bake } from "../../monitoring/rollout/place.ts";
import type { Clock } from "../local/clock.ts";
import type { LocalStack } from "../local/local-stack.ts";
import { MetricStoreReader } from "../local/services/metric-reader.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";

const auditor = "part_lens_auditor";
/** The past that the traffic is measured over. */
const trafficMinutes = 60;

interface Query {
  readonly query: TenantQuery;
  end(): Promise<void>;
}

/** The judge of a local stack: its metrics, and its databases read as the auditor. */
export class LocalJudge {
  readonly #stack: LocalStack;
  readonly #service: ServiceOutputs;
  readonly #clock: Clock;
  readonly #metrics: MetricStoreReader;
  readonly #began: number;

  constructor(stack: LocalStack, service: ServiceOutputs, clock: Clock) {
    this.#stack = stack;
    this.#service = service;
    this.#clock = clock;
    this.#metrics = new MetricStoreReader(stack.aws.metrics, metricNamespace("local"));
    this.#began = clock.now();
  }

  /** Throws what a database throws. */
  async judge(what: Judged, bake: Bake): Promise<StageVerdict> {
    const { query, end } = await this.#auditors();
    try {
      await this.#stack.flush();
      const tenants = this.#service.fleet.tenants.map(({ id }) => id);
      return await judge(what, {
        ...bake,
        metrics: this.#metrics,
        database: databaseChecks(query, tenants),
      });
    } finally {
      await end();
    }
  }

  /** What the fleet has sent of late, both versions. */
  requestsPerMinute(): number {
    const to = this.#clock.now();
    const from = Math.max(this.#began, to - trafficMinutes * 60_000);
    const requests = (version: "v1" | "v2") => this.#metrics.sum("requests", version, from, to) ?? 0;
    const perMinute = (requests("v1") + requests("v2")) / Math.max(1, (to - from) / 60_000);
    return Number(perMinute.toFixed(2));
  }

  async #auditors(): Promise<Query> {
    const { tenants } = this.#service.fleet;
    const opened = await Promise.all(
      tenants.map(
        async (tenant) => [tenant.id, await this.#stack.databases.connect(auditor, tenant)] as const,
      ),
    );
    const clients = new Map(opened);
    return {
      query: async (tenant, sql) => (await clients.get(tenant)?.query(sql))?.rows ?? [],
      end: async () => {
        await Promise.all([...clients.values()].map((client) => client.end()));
      },
    };
  }
}
