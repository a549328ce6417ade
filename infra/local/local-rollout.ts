import { type CohortYacht, cohortOf } from "../../flags/cohort.ts";
import type { StageName } from "../../flags/plan.ts";
import { stageOf } from "../../flags/plan.ts";
import type { RolloutEvent, VerdictWord } from "../../monitoring/rollout/event.ts";
import type { EventLog } from "../../monitoring/rollout/event-log.ts";
import { mayDeploy, parameterPath, pinnedText, projectionFrom } from "../../monitoring/rollout/projection.ts";
import { RolloutRecorder } from "../../monitoring/rollout/recorder.ts";
import { stampedLog } from "../../monitoring/rollout/stamped-log.ts";
import { lockedText, mayAdvance, type RolloutState } from "../../monitoring/rollout/state.ts";
import type { Step } from "./apply.ts";
import type { Clock } from "./clock.ts";
import type { RehearsedStack } from "./rehearsed-stack.ts";
import { servedCode } from "./served-code.ts";
import type { FlagPlaces, PinPlace } from "./stack-outputs.ts";

/** A rise, or the end of a lock, that is not allowed now; the message says why and what to do. */
export class AdvanceRefused extends Error {
  override readonly name = "AdvanceRefused";
}

const environment = "local";

/** Turns decisions about the local rollout into events, live parameters and stack updates, in this order. */
export class LocalRollout {
  readonly #stack: RehearsedStack;
  readonly #recorder: RolloutRecorder;
  readonly #clock: Clock;
  readonly #places: FlagPlaces;
  readonly #pin: PinPlace;
  readonly #yachts: readonly CohortYacht[];
  readonly #actor: string;

  constructor(parts: {
    stack: RehearsedStack;
    log: EventLog;
    clock: Clock;
    places: FlagPlaces;
    pin: PinPlace;
    yachts: readonly CohortYacht[];
    actor: string;
  }) {
    this.#stack = parts.stack;
    this.#recorder = new RolloutRecorder(
      environment,
      stampedLog(parts.log, () => servedCode(parts.stack)),
      {
        write: async (name, value) => this.#write(name, value),
      },
    );
    this.#clock = parts.clock;
    this.#places = parts.places;
    this.#pin = parts.pin;
    this.#yachts = parts.yachts;
    this.#actor = parts.actor;
  }

  state(): Promise<RolloutState> {
    return this.#recorder.state();
  }

  /**
   * One stage up: refused by the event log, the live lock or the pin, else recorded and then deployed.
   * Throws AdvanceRefused.
   */
  async advance(to: StageName, onStep?: (step: Step) => void): Promise<readonly string[]> {
    const state = await this.state();
    const refusal = this.#held() ?? mayAdvance(state, to);
    if (refusal) throw new AdvanceRefused(refusal);
    const cohort = cohortOf({
      percent: stageOf(to).percent,
      yachts: this.#yachts,
      previous: [...state.cohort],
    });
    await this.record({ kind: "advanced", ...this.#stamp(), to, cohort });
    await this.deploy(to, onStep);
    return cohort;
  }

  async judged(stage: StageName, verdict: VerdictWord, details: unknown): Promise<void> {
    await this.record({ kind: "judged", ...this.#stamp(), stage, verdict, details });
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
    await this.record({ kind: "rolledBack", ...this.#stamp(), to, cause, alsoFiring: [...alsoFiring] });
    this.stopDeployments();
    await this.deploy(to, onStep);
  }

  /**
   * A named person has read the cause: the lock is taken off and both ways down are armed again. Throws AdvanceRefused
   * while the live document is of another stage than the record says, or the record is of one that a way down has
   * left: arming would expose yachts nobody asked for.
   */
  async acknowledge(reason: string, after?: number): Promise<void> {
    const { stage } = await this.state();
    const live = this.liveStage();
    if (live !== stage) {
      throw new AdvanceRefused(
        `the live flag document is of ${live}, the rollout is at ${stage}; reconcile first`,
      );
    }
    if (mayDeploy(stage, projectionFrom(environment, this.#stack.parameters()))) {
      throw new AdvanceRefused(
        `a way down was taken to off, and the rollout is recorded at ${stage}; reconcile first`,
      );
    }
    await this.record({ kind: "acknowledged", ...this.#stamp(), reason }, after);
    this.arm();
  }

  /** Both ways down can be taken again, as soon as AWS's delays have passed. */
  arm(): void {
    this.#unpin();
    const { killSwitch, armedVersion, strategyIds } = this.#places;
    this.#stack.aws.appConfig.startDeployment({
      ...killSwitch,
      version: armedVersion,
      strategyId: strategyIds["0"] as string,
      description: `acknowledged by ${this.#actor}`,
    });
  }

  /** Whether both ways down can be taken again: the armed cap is live, and the HTTP API calls the alias `live`. */
  armed(): boolean {
    const { applicationId, environmentId, profileId } = this.#places.killSwitch;
    const cap = this.#stack.aws.appConfig.live(applicationId, environmentId, profileId);
    const { apiId, integrationId, liveUri } = this.#pin;
    const uri = this.#stack.integrations.uriOf(apiId, integrationId);
    return cap?.version === this.#places.armedVersion && uri === liveUri;
  }

  /** The stage of the document that the functions read now, as the document itself says. */
  liveStage(): string {
    const { applicationId, environmentId, profileId } = this.#places.rollout;
    const live = this.#stack.aws.appConfig.live(applicationId, environmentId, profileId);
    const document = JSON.parse(live?.content ?? "{}") as { metadata?: { stage?: string } };
    return document.metadata?.stage ?? "unknown";
  }

  /** What a way down left in the parameters: nothing rises past it, whatever the event log knows of it. */
  #held(): string | undefined {
    const { lock, pin } = projectionFrom(environment, this.#stack.parameters());
    if (lock.locked) return lockedText(lock);
    return pin?.pinned ? pinnedText(pin) : undefined;
  }

  /** The record first: an update in between then declares what is about to be. */
  #unpin(): void {
    const name = `${parameterPath(environment)}pin`;
    this.#write(name, JSON.stringify({ pinned: false }));
    const { apiId, integrationId, liveUri } = this.#pin;
    this.#stack.integrations.update(apiId, integrationId, liveUri);
  }

  #stamp() {
    return { at: new Date(this.#clock.now()).toISOString(), actor: this.#actor };
  }

  /** As `RolloutRecorder.record`. */
  record(event: RolloutEvent, after?: number): Promise<void> {
    return this.#recorder.record(event, after);
  }

  #write(name: string, value: string): void {
    this.#stack.aws.parameters.put({ name, value, type: "String", overwrite: true });
  }

  /** Brings the rollout layer to that stage. The program refuses one that the parameters do not allow. */
  async deploy(stage: StageName, onStep?: (step: Step) => void): Promise<void> {
    await this.#stack.update("rollout", { "part-lens:rolloutStage": stage }, onStep);
  }

  /** A deployment that still bakes would block the next one in its environment. */
  stopDeployments(): void {
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
