import type { Judged } from "../../flags/plan.ts";
import { judge, type StageVerdict } from "../../monitoring/judge.ts";
import type { MetricReader } from "../../monitoring/metric-reader.ts";
import { metricNamespace } from "../../monitoring/metrics.ts";
import type { Bake } from "../../monitoring/rollout/place.ts";
import type { ServiceChecks } from "../../monitoring/rollout/service-checks.ts";
import { tenantChecks } from "../../monitoring/tenant-checks.ts";
import type { Clock } from "../local/clock.ts";
import type { RehearsedStack } from "../local/rehearsed-stack.ts";
import { MetricStoreReader } from "../local/services/metric-reader.ts";
import { masterPlace, type ServiceOutputs } from "../local/stack-outputs.ts";

const auditor = "part_lens_auditor";
/** The past that the traffic is measured over. */
const trafficMinutes = 60;
const slotMilliseconds = 10_000;

/** The judge of a local stack: its metrics, and its databases read as the auditor. */
export class LocalJudge {
  readonly #stack: RehearsedStack;
  readonly #service: ServiceOutputs;
  readonly #clock: Clock;
  readonly #metrics: MetricStoreReader;
  readonly #began: number;

  constructor(stack: RehearsedStack, service: ServiceOutputs, clock: Clock) {
    this.#stack = stack;
    this.#service = service;
    this.#clock = clock;
    this.#metrics = new MetricStoreReader(stack.aws.metrics, metricNamespace("local"));
    this.#began = clock.now();
  }

  /** Throws what a database throws. */
  async judge(what: Judged, bake: Bake): Promise<StageVerdict> {
    await this.#stack.flush?.();
    const database = { findings: async () => (await this.checks()).findings };
    return judge(what, { ...bake, metrics: this.#metrics, database });
  }

  /** The metrics up to now; they are kept by the slot of the shortest alarm. */
  async read(): Promise<{ readonly metrics: MetricReader; readonly resolution: number }> {
    await this.#stack.flush?.();
    return { metrics: this.#metrics, resolution: slotMilliseconds };
  }

  /** How the databases stand. Throws what a database throws, and where there is none. */
  async checks(): Promise<ServiceChecks> {
    const { databases } = this.#stack;
    if (!databases) throw new Error("this stack has no databases: its metrics are replayed");
    const opened = this.#service.fleet.tenants.map(
      async (tenant) => [tenant.id, await databases.connect(auditor, tenant)] as const,
    );
    const master = await databases.connect(auditor, masterPlace(this.#service));
    const clients = new Map(await Promise.all(opened));
    try {
      return await tenantChecks(master, clients);
    } finally {
      await Promise.all([master, ...clients.values()].map((client) => client.end()));
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
}
