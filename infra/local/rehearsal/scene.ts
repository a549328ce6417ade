import { type AlarmKey, alarms } from "../../../monitoring/alarms.ts";
import type { JudgeInputs } from "../../../monitoring/judge.ts";
import type { EventLog } from "../../../monitoring/rollout/event-log.ts";
import type { VirtualClock } from "../clock.ts";
import type { LocalRollout } from "../local-rollout.ts";
import type { RehearsedStack } from "../rehearsed-stack.ts";
import type { ServiceOutputs } from "../stack-outputs.ts";
import type { Observations, VersionView } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import type { RollbackWatch } from "./rollback-watch.ts";
import type { SignedActions } from "./signed-actions.ts";
import type { Terminal } from "./terminal.ts";
import type { TimelineRecorder } from "./timeline-recorder.ts";
import { type PlannedMinute, requestsPerMinute, type TrafficStage } from "./traffic-plan.ts";

/** Carries the virtual minutes, with requests or with the metrics that requests have left. */
export interface Minutes {
  /** Something is broken on purpose. */
  faulty: boolean;
  /** Yachts whose captains may sign now. */
  signing: readonly string[];
  /** Metric lines that never came. */
  readonly linesMissing: number;
  minute(planned: PlannedMinute): Promise<Record<"v1" | "v2", VersionView>>;
}

export interface SceneParts {
  readonly options: RehearsalOptions;
  readonly clock: VirtualClock;
  readonly stack: RehearsedStack;
  readonly service: ServiceOutputs;
  /** The truth about the rollout, beside which nobody keeps anything. */
  readonly log: EventLog;
  rollout: LocalRollout;
  /** As somebody else would have it who comes after: from its log. */
  readonly reopenRollout: () => LocalRollout;
  readonly conductor: Minutes;
  /** Switches the fault of the options on or off. */
  readonly inject: (on: boolean) => Promise<void>;
  readonly observations: Observations;
  readonly record: TimelineRecorder;
  readonly watch: RollbackWatch;
  /** Signed actions, asked for and executed. */
  readonly signed: Pick<SignedActions, "attempted" | "accepted" | "firstRefusal">;
  /** The function runs that collects what is known of a rollback, and drafts the postmortem. */
  readonly collects: boolean;
  readonly terminal: Terminal;
  readonly judging: Pick<JudgeInputs, "metrics" | "database">;
}

/** Minutes in which every yacht is heard of: in the 24 h each asks once in every four, early or late. */
function minutesToHearAll(stage: TrafficStage): number {
  const perMinute = requestsPerMinute[stage];
  return perMinute >= 1 ? 1 : Math.round(2 / perMinute);
}

/** Everything that the parts of a rehearsal work with, and the one way to let a virtual minute pass. */
export class Scene {
  readonly parts: SceneParts;
  readonly yachtIds: readonly string[];
  /** Planned share of the fleet on v2, percent. */
  planned = 0;
  #held = 0;

  constructor(parts: SceneParts) {
    this.parts = parts;
    this.yachtIds = parts.service.fleet.yachts.filter(({ holdOut }) => !holdOut).map(({ id }) => id);
  }

  /** A minute of a stage; its figures go to the record and to the terminal. */
  async minute(
    stage: TrafficStage,
    minute: number,
    attempt: number,
  ): Promise<Record<"v1" | "v2", VersionView>> {
    const views = await this.parts.conductor.minute({ stage, minute, attempt });
    this.#note(stage, minute, views);
    return views;
  }

  /** A minute of ordinary traffic between stages. */
  hold(): Promise<Record<"v1" | "v2", VersionView>> {
    return this.minute("hold", this.#held++, 1);
  }

  /**
   * Minutes pass until the yachts really are where the document says; false when that never comes. `meanwhile` is done
   * before each of them.
   */
  async becomesExposed(patienceMinutes: number, meanwhile?: () => Promise<void>): Promise<boolean> {
    for (let minute = 0; minute < patienceMinutes; minute++) {
      await meanwhile?.();
      await this.hold();
      if (Math.abs(this.observed() - this.planned) < 1e-9) return true;
    }
    return false;
  }

  /** Share of the fleet, percent, that v2 served when last heard of. */
  observed(stage: TrafficStage = "hold"): number {
    const since = this.parts.clock.now() - minutesToHearAll(stage) * 60_000;
    return 100 * this.parts.observations.shareOfYachts(this.yachtIds, since);
  }

  /** Keys of the alarms that fire now; half of a pair is none that anybody hears of. */
  firing(): readonly string[] {
    const keys = this.parts.stack.aws.alarms.firing().map((name) => name.replace(/^part-lens-local-/, ""));
    return keys.filter((key) => !(key in alarms && alarms[key as AlarmKey].effect === "part"));
  }

  #note(stage: TrafficStage, minute: number, { v1, v2 }: Record<"v1" | "v2", VersionView>): void {
    const { record, terminal } = this.parts;
    const observed = this.observed(stage);
    const firing = this.firing();
    const point = (view: VersionView) => (view.requests > 0 ? view : { ...view, p95: null, p99: null });
    record.minutes.push({
      minute: record.minute - 1,
      percentPlanned: this.planned,
      percentObserved: observed,
      v1: point(v1),
      v2: point(v2),
      alarms: firing,
    });
    const served = v2.requests > 0 ? v2 : v1;
    const errorRate = served.requests > 0 ? served.errors / served.requests : 0;
    terminal.minute(minute + 1, { planned: this.planned, observed, errorRate, p95: served.p95, firing });
  }
}
