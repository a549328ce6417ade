import { type CohortYacht, cohortOf } from "../../flags/cohort.ts";
import type { StageName } from "../../flags/plan.ts";
import { stageOf } from "../../flags/plan.ts";
import type { RolloutEvent, VerdictWord } from "../../monitoring/rollout/event.ts";
import type { EventLog } from "../../monitoring/rollout/event-log.ts";
import { projectionFrom, projectionOf, projectionParameters } from "../../monitoring/rollout/projection.ts";
import { lockedText, mayAdvance, type RolloutState, replay } from "../../monitoring/rollout/state.ts";
import type { Step } from "./apply.ts";
import type { Clock } from "./clock.ts";
import type { LocalStack } from "./local-stack.ts";
import type { FlagPlaces } from "./stack-outputs.ts";

/** A rise, or the end of a lock, that is not allowed now; the message says why and what to do. */
export class AdvanceRefused extends Error {
  override readonly name = "AdvanceRefused";
}

const environment = "local";

/** Turns decisions about the local rollout into events, live parameters and stack updates, in this order. */
export class LocalRollout {
  readonly #stack: LocalStack;
  readonly #log: EventLog;
  readonly #clock: Clock;
  readonly #places: FlagPlaces;
  readonly #yachts: readonly CohortYacht[];
  readonly #actor: string;

  constructor(parts: {
    stack: LocalStack;
    log: EventLog;
    clock: Clock;
    places: FlagPlaces;
    yachts: readonly CohortYacht[];
    actor: string;
  }) {
    this.#stack = parts.stack;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#places = parts.places;
    this.#yachts = parts.yachts;
    this.#actor = parts.actor;
  }

  async state(): Promise<RolloutState> {
    return replay(await this.#log.read());
  }

  /**
   * One stage up: refused by the event log or by the live lock, else recorded and then deployed.
   * Throws AdvanceRefused.
   */
  async advance(to: StageName, onStep?: (step: Step) => void): Promise<readonly string[]> {
    const state = await this.state();
    const { lock } = projectionFrom(environment, this.#stack.parameters());
    const refusal = lock.locked
      ? lockedText({ cause: lock.cause ?? "", at: lock.at ?? "" })
      : mayAdvance(state, to);
    if (refusal) throw new AdvanceRefused(refusal);
    const cohort = cohortOf({
      percent: stageOf(to).percent,
      yachts: this.#yachts,
      previous: [...state.cohort],
    });
    await this.#record({ kind: "advanced", ...this.#stamp(), to, cohort });
    await this.#deploy(to, onStep);
    return cohort;
  }

  async judged(stage: StageName, verdict: VerdictWord, details: unknown): Promise<void> {
    await this.#record({ kind: "judged", ...this.#stamp(), stage, verdict, details });
  }

  /**
   * After a rollback: records it and brings the stack to what is live, so that no checkout raises it again. Not while
   * an alarm that monitors the deployment fires: AppConfig would undo this deployment too, and restore a higher stage.
   */
  async reconcile(
    to: StageName,
    cause: string,
    alsoFiring: readonly string[],
    onStep?: (step: Step) => void,
  ) {
    await this.#record({ kind: "rolledBack", ...this.#stamp(), to, cause, alsoFiring: [...alsoFiring] });
    this.#stopDeployments();
    await this.#deploy(to, onStep);
  }

  /**
   * A named person has read the cause: the lock is taken off and the kill switch armed again. Throws AdvanceRefused
   * while the live document is of another stage than the record says: arming would expose yachts nobody asked for.
   */
  async acknowledge(reason: string): Promise<void> {
    const { stage } = await this.state();
    const live = this.liveStage();
    if (live !== stage) {
      throw new AdvanceRefused(
        `the live flag document is of ${live}, the rollout is at ${stage}; reconcile first`,
      );
    }
    await this.#record({ kind: "acknowledged", ...this.#stamp(), reason });
    const { killSwitch, armedVersion, strategyIds } = this.#places;
    this.#stack.aws.appConfig.startDeployment({
      ...killSwitch,
      version: armedVersion,
      strategyId: strategyIds["0"] as string,
      description: `acknowledged by ${this.#actor}`,
    });
  }

  /** The stage of the document that the functions read now, as the document itself says. */
  liveStage(): string {
    const { applicationId, environmentId, profileId } = this.#places.rollout;
    const live = this.#stack.aws.appConfig.live(applicationId, environmentId, profileId);
    const document = JSON.parse(live?.content ?? "{}") as { metadata?: { stage?: string } };
    return document.metadata?.stage ?? "unknown";
  }

  #stamp() {
    return { at: new Date(this.#clock.now()).toISOString(), actor: this.#actor };
  }

  /** The log first, as it is the truth; the parameters are its projection. */
  async #record(event: RolloutEvent): Promise<void> {
    await this.#log.append(event);
    const projection = projectionOf(await this.state());
    for (const [name, value] of Object.entries(projectionParameters(environment, projection))) {
      this.#stack.aws.parameters.put({ name, value, type: "String", overwrite: true });
    }
  }

  async #deploy(stage: StageName, onStep?: (step: Step) => void): Promise<void> {
    await this.#stack.update("rollout", { "part-lens:rolloutStage": stage }, onStep);
  }

  /** A deployment that still bakes would block the next one in its environment. */
  #stopDeployments(): void {
    const { appConfig } = this.#stack.aws;
    const { applicationId, environmentId } = this.#places.rollout;
    const running = appConfig.deployments.filter(
      (deployment) =>
        deployment.environmentId === environmentId && ["BAKING", "DEPLOYING"].includes(deployment.state),
    );
    for (const { number } of running) {
      appConfig.stopDeployment({ applicationId, environmentId, number, allowRevert: true });
    }
  }
}
