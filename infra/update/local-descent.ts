import { type StageName, stageOf } from "../../flags/plan.ts";
import type { LocalRollout } from "../local/local-rollout.ts";
import type { RehearsedStack } from "../local/rehearsed-stack.ts";
import { isRunning } from "../local/services/deployment.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";
import type { LocalView } from "./local-view.ts";

const layer = "local-rollout";

/** The ways down of a local stack that a verb takes: the kill switch at once, the document as soon as it can stay. */
export class LocalDescent {
  readonly #stack: RehearsedStack;
  readonly #service: ServiceOutputs;
  readonly #view: LocalView;
  #following: Promise<boolean> | undefined;

  constructor(parts: { stack: RehearsedStack; service: ServiceOutputs; view: LocalView }) {
    this.#stack = parts.stack;
    this.#service = parts.service;
    this.#view = parts.view;
  }

  /** Starts the deployment of the cap 0; whatever runs in the kill switch's environment gives way. Says what it did. */
  capZero(actor: string): string {
    const { appConfig } = this.#stack.aws;
    const { killSwitch, trippedVersion, strategyIds } = this.#service.flags;
    const { applicationId, environmentId } = killSwitch;
    const other = appConfig.deployments.find((one) => one.environmentId === environmentId && isRunning(one));
    if (other?.version === trippedVersion) return "the kill switch is on its way to 0 already";
    if (other)
      appConfig.stopDeployment({ applicationId, environmentId, number: other.number, allowRevert: true });
    const strategyId = strategyIds["0"] as string;
    const description = `rolled back by ${actor}`;
    const started = appConfig.startDeployment({
      ...killSwitch,
      ...{ version: trippedVersion, strategyId, description },
    });
    return `kill switch to 0: deployment ${started.number}`;
  }

  /**
   * Deploys the document of that stage where the live one exposes more, or none has been deployed yet. Not while a
   * monitor is not OK: AppConfig would undo it, and restore a higher stage. True when it deployed.
   */
  follow(rollout: LocalRollout, stage: StageName): Promise<boolean> {
    this.#following ??= this.#follow(rollout, stage).finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  /** Resolves when no document is being deployed by it, whatever came of that. */
  async settled(): Promise<void> {
    await this.#following?.catch(() => undefined);
  }

  async #follow(rollout: LocalRollout, stage: StageName): Promise<boolean> {
    if (!this.#isBehind(stage) || !this.#view.monitorsAreOk() || this.#isOnItsWay(stage)) return false;
    rollout.stopDeployments();
    if (this.#stack.host.outputs(layer)?.stage === stage) this.#deployAgain();
    else await rollout.deploy(stage);
    return true;
  }

  /** The layer is as it should be, but AppConfig has undone its deployment: an update would find nothing to do. */
  #deployAgain(): void {
    const type = "aws:appconfig/deployment:Deployment";
    const made = this.#stack.host.resources(layer).find((resource) => resource.type === type);
    const { configurationVersion, deploymentStrategyId } = made?.inputs ?? {};
    this.#stack.aws.appConfig.startDeployment({
      ...this.#service.flags.rollout,
      version: Number(configurationVersion),
      strategyId: String(deploymentStrategyId),
      description: "again, after it was undone",
    });
  }

  #isBehind(stage: StageName): boolean {
    const live = this.#view.documentStage();
    if (live === "unknown") return this.#stack.host.outputs(layer) === undefined;
    return stageOf(live).percent > stageOf(stage).percent;
  }

  /** The rollout layer is there already, and its document needs AWS's time to arrive. */
  #isOnItsWay(stage: StageName): boolean {
    if (this.#stack.host.outputs(layer)?.stage !== stage) return false;
    const { environmentId } = this.#service.flags.rollout;
    const last = this.#stack.aws.appConfig.deployments.findLast((one) => one.environmentId === environmentId);
    return last !== undefined && !["ROLLED_BACK", "REVERTED"].includes(last.state);
  }
}
