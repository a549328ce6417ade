import { awsDelays } from "../../../monitoring/aws-delays.ts";
import type { Clock } from "../clock.ts";
import type { AlarmDescription, Transition } from "./alarm-service.ts";
import { AppConfigRegistry } from "./app-config-registry.ts";
import { AwsError } from "./aws-error.ts";
import { type Delays, millisecondsOf } from "./delays.ts";
import {
  type Deployment,
  type DeploymentState,
  type DocumentChange,
  documentPath,
  isRunning,
  type LiveDocument,
  type StartDeployment,
} from "./deployment.ts";
import { DocumentDirectory } from "./document-directory.ts";

/** What deployments look at: CloudWatch's alarms. */
export interface AlarmSource {
  describe(arn: string): Pick<AlarmDescription, "name" | "state" | "actionsEnabled"> | undefined;
  onTransition(listener: (transition: Transition) => void): () => void;
}

export interface AppConfigOptions {
  readonly clock: Clock;
  readonly directory: string;
  readonly alarms: AlarmSource;
  readonly delays?: Delays;
}

interface Running extends Mutable<Deployment> {
  events: { at: number; description: string }[];
  /** The version that was deployed before, restored on the way back. */
  previous: number | undefined;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type ChangeListener = (change: DocumentChange) => void | Promise<void>;

/** A finished deployment can be reverted this long. Source: AppConfig API, StopDeployment. */
const revertWindow = 72 * 3_600_000;

/**
 * AppConfig: a deployment hands out its document at once, bakes, then is complete. While it bakes, a monitor in
 * ALARM or INSUFFICIENT_DATA rolls it back to the previous document; afterwards nothing does. One deployment at a
 * time in an environment. Functions read a change the worst case later: deployment and poll.
 */
export class AppConfigService extends AppConfigRegistry {
  readonly #options: AppConfigOptions;
  readonly #delay: number;
  readonly #documents: DocumentDirectory;
  readonly #deployments: Running[] = [];
  readonly #deployed = new Map<string, number | undefined>();
  readonly #live = new Map<string, LiveDocument>();
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #deploymentListeners = new Set<(deployment: Deployment) => void>();

  constructor(options: AppConfigOptions) {
    super();
    this.#options = options;
    this.#delay = millisecondsOf(options.delays ?? awsDelays, "deployment", "poll");
    this.#documents = new DocumentDirectory(options.directory);
    options.alarms.onTransition((transition) => this.#watch(transition));
  }

  get deployments(): readonly Deployment[] {
    return this.#deployments;
  }

  /** Calls the listener after each document was exchanged; returns what ends that. */
  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  /** Calls the listener after each change of a deployment's state; returns what ends that. */
  onDeployment(listener: (deployment: Deployment) => void): () => void {
    this.#deploymentListeners.add(listener);
    return () => this.#deploymentListeners.delete(listener);
  }

  /** What the functions read now. */
  live(applicationId: string, environmentId: string, profileId: string): LiveDocument | undefined {
    return this.#live.get([applicationId, environmentId, profileId].join("/"));
  }

  deployment(applicationId: string, environmentId: string, number: number): Deployment {
    return this.#deployment(applicationId, environmentId, number);
  }

  /**
   * Throws AwsError: ConflictException while another deployment runs in the environment,
   * BadRequestException for a document its profile's validators refuse, ResourceNotFoundException for what does not
   * exist.
   */
  startDeployment(wanted: StartDeployment): Deployment {
    const { applicationId, environmentId, profileId, version } = wanted;
    this.environment(applicationId, environmentId);
    this.validate(applicationId, profileId, version);
    const { finalBakeTimeInMinutes } = this.strategy(wanted.strategyId);
    this.#refuseSecond(environmentId);
    const deployment = this.#begin(wanted);
    const alarming = this.#alarming(deployment);
    if (alarming) this.#rollBack(deployment, `${alarming} before the start`);
    else {
      this.#deployed.set(documentPath(deployment).join("/"), version);
      this.#publish(deployment, version);
      this.#bake(deployment, finalBakeTimeInMinutes * 60_000);
    }
    return deployment;
  }

  /**
   * With `allowRevert` a baking deployment is rolled back and a complete one, up to 72 h old, reverted; monitors
   * are not asked. Without it, as on AWS, only a deployment in state DEPLOYING can be stopped.
   */
  stopDeployment(wanted: {
    readonly applicationId: string;
    readonly environmentId: string;
    readonly number: number;
    readonly allowRevert?: boolean;
  }): Deployment {
    const deployment = this.#deployment(wanted.applicationId, wanted.environmentId, wanted.number);
    const age = this.#now() - (deployment.completedAt ?? this.#now());
    const latest = this.#deployed.get(documentPath(deployment).join("/")) === deployment.version;
    const revertable = deployment.state === "COMPLETE" && latest && age <= revertWindow;
    if (deployment.state !== "DEPLOYING" && !(wanted.allowRevert && (revertable || isRunning(deployment))))
      throw new AwsError("BadRequestException", `deployment ${wanted.number} is ${deployment.state}`);
    this.#rollBack(deployment, "stopped", revertable ? "REVERTED" : "ROLLED_BACK");
    return deployment;
  }

  /** An environment takes its running deployment and its documents with it. */
  override delete(id: string): void {
    for (const deployment of this.#deployments.filter((one) => one.environmentId === id)) {
      if (isRunning(deployment)) this.#turn(deployment, "ROLLED_BACK", "the environment was deleted");
      const { applicationId, environmentId, profileId } = deployment;
      const place = { applicationId, environmentId, profileId, version: undefined, content: undefined };
      this.#exchange({ ...place, at: this.#now() });
      this.#deployed.delete(documentPath(place).join("/"));
    }
    super.delete(id);
  }

  #deployment(applicationId: string, environmentId: string, number: number): Running {
    const found = this.#deployments.find(
      (deployment) =>
        deployment.applicationId === applicationId &&
        deployment.environmentId === environmentId &&
        deployment.number === number,
    );
    if (!found) throw new AwsError("ResourceNotFoundException", `no deployment ${number}`, 404);
    return found;
  }

  #refuseSecond(environmentId: string): void {
    const other = this.#deployments.find((one) => one.environmentId === environmentId && isRunning(one));
    if (!other) return;
    const what = `deployment ${other.number} is ${other.state} in environment ${environmentId}`;
    throw new AwsError("ConflictException", `${what}: wait for its end or stop it`, 409);
  }

  #begin(wanted: StartDeployment): Running {
    const earlier = this.#deployments.filter((one) => one.environmentId === wanted.environmentId);
    const at = this.#now();
    const deployment: Running = {
      ...wanted,
      number: earlier.length + 1,
      state: "DEPLOYING",
      startedAt: at,
      events: [{ at, description: "deployment started" }],
      previous: this.#deployed.get(documentPath(wanted).join("/")),
    };
    this.#deployments.push(deployment);
    return deployment;
  }

  #bake(deployment: Running, milliseconds: number): void {
    this.#turn(deployment, "BAKING", `bake of ${milliseconds / 60_000} minutes started`);
    const complete = () => {
      if (deployment.state !== "BAKING") return;
      deployment.completedAt = this.#now();
      this.#turn(deployment, "COMPLETE", "bake completed");
    };
    if (milliseconds === 0) complete();
    else this.#options.clock.at(this.#now() + milliseconds, complete);
  }

  #watch(transition: Transition): void {
    if (transition.to === "OK") return;
    for (const deployment of this.#deployments.filter(isRunning)) {
      const { monitors } = this.environment(deployment.applicationId, deployment.environmentId);
      if (!monitors.includes(transition.arn)) continue;
      const alarming = this.#alarming(deployment);
      if (alarming) this.#rollBack(deployment, alarming);
    }
  }

  /** Why the environment's monitors refuse the deployment, if they do. One with its actions disabled is not asked. */
  #alarming(deployment: Deployment): string | undefined {
    const { monitors } = this.environment(deployment.applicationId, deployment.environmentId);
    for (const arn of monitors) {
      const alarm = this.#options.alarms.describe(arn);
      const state = alarm?.state ?? "INSUFFICIENT_DATA";
      if (alarm?.actionsEnabled !== false && state !== "OK") return `alarm ${alarm?.name ?? arn} is ${state}`;
    }
    return undefined;
  }

  #rollBack(deployment: Running, reason: string, state: DeploymentState = "ROLLED_BACK"): void {
    const key = documentPath(deployment).join("/");
    const wasHandedOut = deployment.state !== "DEPLOYING";
    deployment.completedAt = this.#now();
    this.#turn(deployment, state, `rolled back: ${reason}`);
    if (!wasHandedOut) return;
    this.#deployed.set(key, deployment.previous);
    this.#publish(deployment, deployment.previous);
  }

  #turn(deployment: Running, state: DeploymentState, description: string): void {
    deployment.state = state;
    deployment.events.push({ at: this.#now(), description });
    for (const listener of this.#deploymentListeners) listener(deployment);
  }

  /** The very first document is there at once: before it nobody could have kept an old one. */
  #publish(deployment: Deployment, version: number | undefined): void {
    const { clock } = this.#options;
    const { applicationId, environmentId, profileId } = deployment;
    const content =
      version === undefined ? undefined : this.version(applicationId, profileId, version).content;
    const change = { applicationId, environmentId, profileId, version, content };
    if (this.#live.has(documentPath(change).join("/"))) {
      const exchange = () => this.#announce(this.#exchange({ ...change, at: this.#now() }));
      clock.at(this.#now() + this.#delay, exchange);
    } else {
      const made = this.#exchange({ ...change, at: this.#now() });
      clock.at(this.#now(), () => this.#announce(made));
    }
  }

  #exchange(change: DocumentChange): DocumentChange {
    const path = documentPath(change);
    const { version, content, at } = change;
    if (version !== undefined && content !== undefined) {
      this.#documents.write(path, content);
      this.#live.set(path.join("/"), { version, content, at });
    } else {
      this.#documents.remove(path);
      this.#live.delete(path.join("/"));
    }
    return change;
  }

  async #announce(change: DocumentChange): Promise<void> {
    for (const listener of this.#changeListeners) await listener(change);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
