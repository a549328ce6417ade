import { stageOf } from "../../flags/plan.ts";
import { databaseChecks, type TenantQuery } from "../../monitoring/database-checks.ts";
import { judge, type StageVerdict } from "../../monitoring/judge.ts";
import { metricNamespace } from "../../monitoring/metrics.ts";
import type { ExpectedTraffic } from "../../monitoring/rollout/plan-lint.ts";
import type { RolloutState } from "../../monitoring/rollout/state.ts";
import { detailsOf } from "../../monitoring/rollout/verbs/watch.ts";
import type { ControlRecord } from "../../monitoring/window-reading.ts";
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

  /** The stage as it would be judged now; undefined where nothing is exposed or was watched. Throws what a database throws. */
  async look(
    state: RolloutState,
    bakeFrom: string | undefined,
    bakeMinutes?: number,
  ): Promise<StageVerdict | undefined> {
    if (state.percent === 0 || bakeFrom === undefined) return undefined;
    const control = controlOf(state);
    const { query, end } = await this.#auditors();
    try {
      await this.#stack.flush();
      return await judge(state.stage, {
        metrics: this.#metrics,
        database: databaseChecks(
          query,
          this.#service.fleet.tenants.map(({ id }) => id),
        ),
        from: Date.parse(bakeFrom),
        to: this.#clock.now(),
        bakeMinutes,
        ...(control && { control }),
      });
    } finally {
      await end();
    }
  }

  /** What the fleet has sent of late, or what somebody says that it will. */
  traffic(expected: number | undefined, bakeMinutes?: number): ExpectedTraffic {
    const yachts = this.#service.fleet.yachts.filter(({ holdOut }) => !holdOut).length;
    const requestsPerMinute = expected ?? this.#measured();
    return { requestsPerMinute, yachts, ...(bakeMinutes !== undefined && { bakeMinutes }) };
  }

  #measured(): number {
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

/** v1's numbers of ramp-50, which full-100 is compared with. */
function controlOf({ history, stage }: RolloutState): ControlRecord | undefined {
  if (stageOf(stage).percent < 100) return undefined;
  const details = detailsOf(history, "ramp-50") as { readonly control?: ControlRecord } | undefined;
  return details?.control;
}
