import type { DatabaseFindings } from "../../../monitoring/database-checks.ts";
import { metricNamespace } from "../../../monitoring/metrics.ts";
import { generateFleet } from "../rehearsal/fleet.ts";
import type { Observations } from "../rehearsal/observations.ts";
import type { RehearsalOptions } from "../rehearsal/options.ts";
import { seededUuid } from "../rehearsal/seeded.ts";
import type { Stage, StageParts } from "../rehearsal/stage.ts";
import { TrafficPlan } from "../rehearsal/traffic-plan.ts";
import { MetricStoreReader } from "../services/metric-reader.ts";
import type { Replay } from "./replay.ts";
import { ReplayConductor } from "./replay-conductor.ts";
import type { ReplayStack } from "./replay-stack.ts";

/** What the database checks of a healthy rehearsal's full-100 found: nothing broken in what they looked at. */
const recordedFindings: DatabaseFindings = {
  ledgerMismatches: { count: 0, examined: 813 },
  orphanedTransactions: { count: 0, examined: 4_000 },
  duplicateKeys: { count: 0, examined: 3_000 },
  signedWithoutEvidence: { count: 0, examined: 60 },
  drift: { count: 0, examined: 813 },
};

/** A stage without an API: the traffic's plan, what requests leave behind, and everything that looks at it. */
export class ReplayStage implements Stage {
  readonly stack: ReplayStack;
  readonly #replay: Replay | undefined;

  constructor(stack: ReplayStack, replay: Replay | undefined) {
    this.stack = stack;
    this.#replay = replay;
  }

  get clock() {
    return this.stack.clock;
  }
  get service() {
    return this.stack.service;
  }
  get notSimulated() {
    return this.stack.notSimulated;
  }

  open(
    { seed }: RehearsalOptions,
    observations: Observations,
    invoked: (functionName: string, payload: unknown) => void,
  ): StageParts {
    const { stack } = this;
    const replay = this.#replay;
    stack.invoked = invoked;
    // Alarms look back over hours: what an earlier scenario did is no past of this one.
    stack.aws.metrics.forget(metricNamespace("local"));
    const { yachts, users, parts } = generateFleet({ yachts: stack.service.fleet.yachts, seed });
    const named = parts.map((part) => ({ ...part, partId: seededUuid(part.yachtId, part.externalId) }));
    const traffic = new TrafficPlan({ yachts, users, parts: named }, seed);
    const conductor = new ReplayConductor({ stack, traffic, observations, replay, seed });
    const metrics = new MetricStoreReader(stack.aws.metrics, metricNamespace("local"));
    return {
      conductor,
      async inject(on) {
        if (on) conductor.begin();
        else conductor.faultSince = undefined;
        await (on ? replay?.host?.apply(stack) : replay?.host?.clear(stack));
      },
      judging: { metrics, database: { findings: async () => recordedFindings } },
      signed: { attempted: 0, accepted: 0, firstRefusal: undefined },
      // Its notifier has no process: what the outbox holds and whom the topic reached is all there is.
      collects: false,
      checkLedger: async () => undefined,
      close: () => {},
    };
  }
}
