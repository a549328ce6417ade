import type { CohortYacht } from "../../../flags/cohort.ts";
import { type Judged, type StageName, stageOf } from "../../../flags/plan.ts";
import { alarmKeys, alarms } from "../../alarms.ts";
import { awsDelays } from "../../aws-delays.ts";
import type { IncidentStore } from "../../incident/incident-store.ts";
import type { Telling } from "../../incident/outbox.ts";
import { judge, type StageVerdict } from "../../judge.ts";
import type { MetricReader } from "../../metric-reader.ts";
import { proveV1 } from "../../v1-proof.ts";
import type { CodePlace } from "../code-place.ts";
import { codeText } from "../code-stamp.ts";
import type { EventLog } from "../event-log.ts";
import type { AlarmTime, RolloutHistory } from "../history.ts";
import type { LiveView } from "../live-view.ts";
import type { Bake, RolloutPlace } from "../place.ts";
import { parameterPath } from "../projection.ts";
import type { ParameterPlace } from "../recorder.ts";
import type { ServiceChecks } from "../service-checks.ts";
import { stampedLog } from "../stamped-log.ts";
import type { RolloutState } from "../state.ts";
import type { CloudView } from "./cloud-view.ts";
import { type FlagDeployments, isUnderWay } from "./flag-deployments-adapter.ts";
import { type ServiceFacts, servedCode } from "./service-facts.ts";
import type { MetricWindow } from "./window-metrics-adapter.ts";

/** The update of a stack, by whoever can do one. Nothing urgent needs it. */
export interface StackUpdates {
  /** The rollout layer to that stage. Throws what the engine throws. */
  raise(stage: StageName, tell: (progress: string) => void): Promise<void>;
  /** The fleet as the service layer has it. */
  yachts(): Promise<readonly CohortYacht[]>;
}

export interface CloudPlaceParts {
  readonly environment: string;
  readonly service: ServiceFacts;
  readonly log: EventLog;
  readonly parameters: ParameterPlace;
  readonly view: CloudView;
  readonly rollout: Pick<FlagDeployments, "deploy" | "stop">;
  readonly killSwitch: Pick<FlagDeployments, "deploy">;
  readonly metrics: (window: MetricWindow) => Promise<MetricReader>;
  readonly alarmTimes: (window: { readonly from: number; readonly to: number }) => Promise<AlarmTime[]>;
  readonly checks: () => Promise<ServiceChecks>;
  /** Points both of the API's aliases at that version. */
  readonly moveCode?: (functionName: string, version: number) => Promise<void>;
  /** Publishes to that topic. */
  readonly publish: (topicArn: string, telling: Telling) => ReturnType<RolloutPlace["tell"]>;
  /** The evidence bucket's. */
  readonly incidents: IncidentStore;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Points the HTTP API at that alias. */
  readonly point: (integrationUri: string) => Promise<void>;
  readonly stack: StackUpdates;
  readonly now: () => number;
  readonly note: (text: string) => void;
  readonly patience?: RolloutPlace["patience"];
}

const minute = 60_000;
/** Between two tries to prove v1, milliseconds. */
const provingPause = 500;
/** The past that the traffic is measured over, minutes. */
const trafficMinutes = 60;
const monitors = alarmKeys.filter((key) => "monitor" in alarms[key]);
/** From StartDeployment to the last function that reads the document, milliseconds. */
const arrival = (awsDelays.deployment.seconds + awsDelays.poll.seconds) * 1000;

/** An environment in AWS as the rollout's control sees it. */
export class CloudPlace implements RolloutPlace {
  readonly environment: string;
  readonly log: EventLog;
  readonly parameters: ParameterPlace;
  readonly provesTraffic = true;
  readonly code: CodePlace | undefined;
  readonly patience: RolloutPlace["patience"];
  readonly #parts: CloudPlaceParts;

  constructor(parts: CloudPlaceParts) {
    this.#parts = parts;
    this.environment = parts.environment;
    this.log = stampedLog(parts.log, () => servedCode(parts.service));
    this.code = parts.moveCode && codePlace(parts.service, parts.moveCode);
    this.parameters = parts.parameters;
    this.patience = parts.patience ?? { seconds: 180, pollMilliseconds: 3000 };
  }

  now(): number {
    return this.#parts.now();
  }

  live(): Promise<LiveView> {
    return this.#parts.view.live();
  }

  /**
   * From AppConfig's own list, so that whoever carries a rollout on needs no memory: since the last deployment of the
   * stage after the move there has arrived; where going down has restored an older one, since the move itself.
   */
  async bakeFrom({ stage, since }: RolloutState, live: LiveView): Promise<string | undefined> {
    if (since === undefined) return undefined;
    const own = (await this.#parts.view.deployments()).find(
      (one) => one.stage === stage && Date.parse(one.startedAt) >= Date.parse(since),
    );
    if (own) return new Date(Date.parse(own.startedAt) + arrival).toISOString();
    return live.documentStage === stage ? since : undefined;
  }

  yachts(): Promise<readonly CohortYacht[]> {
    return this.#parts.stack.yachts();
  }

  /** In whole minutes, and not before the last one's metrics have come in. */
  async judge(what: Judged, bake: Bake): Promise<StageVerdict> {
    const from = Math.ceil(bake.from / minute) * minute;
    const to = Math.max(from, this.#lastWholeMinute(bake.to));
    const metrics = await this.#parts.metrics({ from, to, latencies: true });
    const database = { findings: async () => (await this.checks()).findings };
    return judge(what, { ...bake, from, to, metrics, database });
  }

  checks(): Promise<ServiceChecks> {
    return this.#parts.checks();
  }

  async history(from: number, to: number): Promise<RolloutHistory> {
    const first = Math.floor(from / minute) * minute;
    // The reader is asked for the minute that has begun, too; it has nothing of it yet.
    const window = { from: first, to: Math.ceil(to / minute) * minute };
    const metrics = await this.#parts.metrics({ ...window, latencies: true });
    return { metrics, alarmTimes: await this.#parts.alarmTimes(window), resolution: minute };
  }

  async requestsPerMinute(): Promise<number> {
    const to = this.#lastWholeMinute(this.now());
    const from = to - trafficMinutes * minute;
    const metrics = await this.#parts.metrics({ from, to, latencies: false });
    const requests = (version: "v1" | "v2") => metrics.sum("requests", version, from, to) ?? 0;
    return Number(((requests("v1") + requests("v2")) / trafficMinutes).toFixed(2));
  }

  async capZero(actor: string): Promise<string> {
    const { trippedVersion, strategyIds } = this.#parts.service.flags;
    const description = `rolled back by ${actor}`;
    const version = `${trippedVersion}`;
    return `kill switch to 0: ${await this.#parts.killSwitch.deploy({ version, strategyId: strategyOf(strategyIds, 0), description })}`;
  }

  async lower(stage: StageName): Promise<boolean> {
    const { view, rollout, service } = this.#parts;
    const { documentStage, alarms: states } = await view.live();
    const { percent, bakeMinutes } = stageOf(stage);
    if (documentStage === "unknown" || stageOf(documentStage).percent <= percent) return false;
    if (!monitors.every((key) => states[key] === "OK")) return false;
    const deployments = await view.deployments();
    if (deployments.find(isUnderWay)?.stage === stage) return false;
    const version = await this.#versionOf(stage);
    const strategyId = strategyOf(service.flags.strategyIds, bakeMinutes);
    await rollout.deploy({ version, strategyId, description: `down to ${stage}` });
    return true;
  }

  async stopDeployments(): Promise<void> {
    const { view, rollout } = this.#parts;
    for (const one of (await view.deployments()).filter(isUnderWay)) await rollout.stop(one);
  }

  raise(stage: StageName, tell: (progress: string) => void): Promise<void> {
    return this.#parts.stack.raise(stage, tell);
  }

  /** The record of the pin first: an update in between then declares what is about to be. */
  async arm(actor: string): Promise<void> {
    const { killSwitch, parameters, point, service } = this.#parts;
    await parameters.write(`${parameterPath(this.environment)}pin`, JSON.stringify({ pinned: false }));
    await point(service.pin.liveUri);
    const strategyId = strategyOf(service.flags.strategyIds, 0);
    const version = `${service.flags.armedVersion}`;
    await killSwitch.deploy({ version, strategyId, description: `acknowledged by ${actor}` });
  }

  proveV1(): Promise<string> {
    const { fetch = globalThis.fetch, service } = this.#parts;
    const target = { apiUrl: service.apiUrl, tenants: service.tenants ?? 1 };
    return proveV1(target, { fetch, pauseMilliseconds: provingPause });
  }

  get incidents(): IncidentStore {
    return this.#parts.incidents;
  }

  async tell(telling: Telling): ReturnType<RolloutPlace["tell"]> {
    const { publish, service } = this.#parts;
    if (service.alertsTopicArn === undefined)
      throw new Error("the service layer must be updated once before anybody can be told");
    return publish(service.alertsTopicArn, telling);
  }

  note(text: string): void {
    this.#parts.note(text);
  }

  #lastWholeMinute(time: number): number {
    return Math.floor((time - awsDelays.ingestion.seconds * 1000) / minute) * minute;
  }

  /** The newest document of that stage: the one that was live when the rollout stood there. */
  async #versionOf(stage: StageName): Promise<string> {
    const own = (await this.#parts.view.deployments()).find((one) => one.stage === stage);
    if (own) return own.version;
    throw new Error(
      `no document of ${stage} was ever deployed: update the rollout layer with rolloutStage ${stage}`,
    );
  }
}

/** Throws when the service layer is older than the plan. */
function strategyOf(strategyIds: ServiceFacts["flags"]["strategyIds"], minutes: number): string {
  const id = strategyIds[`${minutes}`];
  if (!id) throw new Error(`the service layer has no deployment strategy that bakes for ${minutes} minutes`);
  return id;
}

/** What a rolled back version needs of the stack is in its record: the program reads it, and the runner commits it. */
function codePlace(service: ServiceFacts, move: NonNullable<CloudPlaceParts["moveCode"]>): CodePlace {
  return {
    async served() {
      const live = servedCode(service);
      return live && { live, migrationHash: service.migrationHash };
    },
    async putBack(to) {
      if (service.apiFunction === undefined) throw new Error("the service layer must be updated once before");
      await move(service.apiFunction, to.version);
      return `both aliases are at ${codeText(to)}`;
    },
    declare: async ({ version }) =>
      `no update moves the aliases on; set codeVersion to ${version} before you acknowledge`,
  };
}
