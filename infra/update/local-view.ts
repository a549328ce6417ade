import { type StageName, stageNames, stageOf } from "../../flags/plan.ts";
import { alarmKeys, alarms, burnKeys, type CauseKey, causeKeys } from "../../monitoring/alarms.ts";
import { healthOf } from "../../monitoring/rollout/health.ts";
import type {
  AlarmState,
  LastDeployment,
  LiveView,
  RunningDeployment,
} from "../../monitoring/rollout/live-view.ts";
import { projectionFrom } from "../../monitoring/rollout/projection.ts";
import type { RehearsedStack } from "../local/rehearsed-stack.ts";
import { isRunning } from "../local/services/deployment.ts";
import type { ServiceOutputs } from "../local/stack-outputs.ts";
import { alarmPrefix } from "../naming.ts";

const environment = "local";
const monitors = alarmKeys.filter((key) => "monitor" in alarms[key]);

/** What is seen of a local stack: its parameters, documents and alarms, and what the service says of itself. */
export class LocalView {
  readonly #stack: Pick<RehearsedStack, "aws" | "parameters">;
  readonly #service: ServiceOutputs;

  constructor(stack: Pick<RehearsedStack, "aws" | "parameters">, service: ServiceOutputs) {
    this.#stack = stack;
    this.#service = service;
  }

  async live(): Promise<LiveView> {
    const { apiUrl } = this.#service;
    const { lock, pin } = projectionFrom(environment, this.#stack.parameters());
    const documentStage = this.documentStage();
    const deployment = this.#deployment(documentStage);
    const health = await healthOf(apiUrl);
    const view = {
      ...{ ...health, documentStage, lock, pin, apiUrl },
      ...{ alarms: this.alarms(), unarmed: this.#unarmed(), deployed: this.#deployed() },
    };
    return { ...view, ...(deployment && { deployment }) };
  }

  /** As the functions read it now; "unknown" before the first document. */
  documentStage(): StageName | "unknown" {
    const { applicationId, environmentId, profileId } = this.#service.flags.rollout;
    const live = this.#stack.aws.appConfig.live(applicationId, environmentId, profileId);
    const document = JSON.parse(live?.content ?? "{}") as { metadata?: { stage?: string } };
    return stageNames.find((name) => name === document.metadata?.stage) ?? "unknown";
  }

  alarms(): Readonly<Record<string, AlarmState>> {
    const service = this.#stack.aws.alarms;
    const names = new Set(service.names());
    const known = causeKeys.filter((key) => names.has(nameOf(key)));
    return Object.fromEntries(known.map((key) => [key, service.state(nameOf(key))]));
  }

  #unarmed(): readonly string[] {
    const { alarms: service } = this.#stack.aws;
    return [...alarmKeys, ...burnKeys].filter((key) => !service.describe(nameOf(key))?.actionsEnabled);
  }

  /** A deployment that one of them watches would be undone before it starts. */
  monitorsAreOk(): boolean {
    const states = this.alarms();
    return monitors.every((key) => states[key] === "OK");
  }

  #deployed(): LastDeployment | undefined {
    const { appConfig } = this.#stack.aws;
    const { environmentId } = this.#service.flags.rollout;
    const last = appConfig.deployments.findLast((one) => one.environmentId === environmentId);
    if (!last) return undefined;
    const { content } = appConfig.version(last.applicationId, last.profileId, last.version);
    const { metadata } = JSON.parse(content) as { metadata?: { stage?: string } };
    return { stage: metadata?.stage, undone: ["ROLLED_BACK", "REVERTED"].includes(last.state) };
  }

  #deployment(documentStage: string): RunningDeployment | undefined {
    const { environmentId } = this.#service.flags.rollout;
    const running = this.#stack.aws.appConfig.deployments.find(
      (deployment) => deployment.environmentId === environmentId && isRunning(deployment),
    );
    if (!running) return undefined;
    const { number, state, startedAt } = running;
    const bake = documentStage === "unknown" ? 0 : stageOf(documentStage).bakeMinutes * 60_000;
    const endsAt = bake > 0 ? { endsAt: new Date(startedAt + bake).toISOString() } : {};
    return { number, state, startedAt: new Date(startedAt).toISOString(), ...endsAt };
  }
}

function nameOf(key: CauseKey): string {
  return `${alarmPrefix(environment)}${key}`;
}
