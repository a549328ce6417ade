import { type StageName, stageNames } from "../../../flags/plan.ts";
import { healthOf } from "../health.ts";
import type { LiveView, RunningDeployment } from "../live-view.ts";
import { projectionFrom } from "../projection.ts";
import type { ParameterPlace } from "../recorder.ts";
import {
  type FlagDeployment,
  type FlagDeployments,
  isUnderWay,
  isUndone,
} from "./flag-deployments-adapter.ts";

export interface CloudViewParts {
  readonly environment: string;
  readonly apiUrl: string;
  readonly parameters: Pick<ParameterPlace, "read">;
  /** Of the flag document. */
  readonly flags: Pick<FlagDeployments, "document" | "deployments" | "descriptions">;
  readonly alarms: () => Promise<Pick<LiveView, "alarms" | "unarmed">>;
  readonly fetch?: typeof globalThis.fetch;
}

/** A deployment of the flag document, with the stage that its version is of. */
export interface StageDeployment extends FlagDeployment {
  readonly stage: string | undefined;
}

/** What is seen of an environment in AWS: parameters, documents, alarms, and what the service says of itself. */
export class CloudView {
  readonly #parts: CloudViewParts;

  constructor(parts: CloudViewParts) {
    this.#parts = parts;
  }

  /** Throws what AWS's clients throw: half a view would hide what stands against a rise. */
  async live(): Promise<LiveView> {
    const { environment, apiUrl, parameters, alarms, fetch } = this.#parts;
    const [found, documentStage, deployments, states, health] = await Promise.all([
      parameters.read(),
      this.documentStage(),
      this.deployments(),
      alarms(),
      healthOf(apiUrl, fetch),
    ]);
    const { lock, pin } = projectionFrom(environment, found);
    const running = deployments.find(isUnderWay);
    const deployment = running && runningDeployment(running);
    const [last] = deployments;
    const deployed = last && { stage: last.stage, undone: isUndone(last) };
    const rollout = { documentStage, deployed, ...(deployment && { deployment }) };
    return { ...health, ...states, ...rollout, lock, pin, apiUrl };
  }

  /** As the functions read it now; "unknown" before the first document. */
  async documentStage(): Promise<StageName | "unknown"> {
    const content = (await this.#parts.flags.document()) ?? "{}";
    const { metadata } = JSON.parse(content) as { metadata?: { stage?: string } };
    return stageNames.find((name) => name === metadata?.stage) ?? "unknown";
  }

  /** The newest first. */
  async deployments(): Promise<readonly StageDeployment[]> {
    const { flags } = this.#parts;
    const [deployments, stages] = await Promise.all([flags.deployments(), flags.descriptions()]);
    return deployments.map((one) => ({ ...one, stage: stages.get(one.version) }));
  }
}

function runningDeployment({ number, state, startedAt, bakeMinutes }: FlagDeployment): RunningDeployment {
  const endsAt = new Date(Date.parse(startedAt) + bakeMinutes * 60_000).toISOString();
  return { number, state, startedAt, ...(bakeMinutes > 0 && { endsAt }) };
}
